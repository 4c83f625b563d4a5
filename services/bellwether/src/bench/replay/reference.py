"""Breadth of every session from daily bars, in memory: what the breadth worker shows, by data frames."""

import io
import json
import sys
import time

import polars as pl
import zstandard

with open(sys.argv[1], "rb") as file:
    raw = zstandard.ZstdDecompressor().stream_reader(file).read() if sys.argv[1].endswith(".zst") else file.read()
bars = pl.read_csv(io.BytesIO(raw), infer_schema_length=10_000)
bars = bars.rename({name: name.lower() for name in bars.columns}).with_columns(pl.col("date").cast(pl.String))
bars = bars.sort("symbol", "date").with_columns(pl.col("open", "high", "low", "close", "volume").cast(pl.Float64))

# Reading is not counted: ours reads scans from a broker, this has everything in memory.
begun = time.perf_counter()
close = pl.col("close")
spans = (5, 10, 20, 50, 100, 200)
before = close.shift(1).over("symbol")
columns = {f"sma{span}": close.rolling_mean(span).over("symbol") for span in spans}
columns |= {
    "before": before,
    "highest": pl.col("high").rolling_max(252).over("symbol"),
    "lowest": pl.col("low").rolling_min(252).over("symbol"),
}
wide = bars.with_columns(**columns)
up, down = close > pl.col("before"), close < pl.col("before")
breadth = wide.group_by("date").agg(
    advances=up.sum(),
    declines=down.sum(),
    unchanged=(close == pl.col("before")).sum(),
    up_volume=pl.col("volume").filter(up).sum(),
    down_volume=pl.col("volume").filter(down).sum(),
    new_highs=(pl.col("high") >= pl.col("highest")).sum(),
    new_lows=(pl.col("low") <= pl.col("lowest")).sum(),
    **{f"above{span}": (close > pl.col(f"sma{span}")).mean() for span in spans},
).sort("date")
net = pl.col("advances").cast(pl.Int64) - pl.col("declines").cast(pl.Int64)
rana = 1000 * net / (pl.col("advances") + pl.col("declines"))
breadth = breadth.with_columns(
    line=net.cum_sum(),
    trin=(pl.col("advances") / pl.col("declines")) / (pl.col("up_volume") / pl.col("down_volume")),
    mcclellan=rana.ewm_mean(alpha=0.1, adjust=False) - rana.ewm_mean(alpha=0.05, adjust=False),
    zweig=(pl.col("advances") / (pl.col("advances") + pl.col("declines"))).ewm_mean(span=10, adjust=False),
)
seconds = time.perf_counter() - begun
print(json.dumps({"version": pl.__version__, "rows": bars.height, "sessions": breadth.height, "seconds": seconds}))
