//! WebSocket, as far as a feed needs it: the handshake, texts to the client, and the client's control frames.
//!
//! Source: RFC 6455. A server's frames carry no mask, so a text is encoded once for all clients, like an event.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine, prelude::BASE64_STANDARD};

/// The longest message of a client that is read (and then ignored: the feed has nothing to be told).
const LONGEST: u64 = 4096;
const LONGEST_CONTROL: u64 = 125;
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Answer to a client's `Sec-WebSocket-Key`; `None` when that is not 16 bytes in base64.
pub(crate) fn accept(key: &str) -> Option<String> {
    BASE64_STANDARD.decode(key).ok().filter(|nonce| nonce.len() == 16)?;
    Some(BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), GUID].concat())))
}

/// Appends a text.
pub(crate) fn text(payload: &[u8], out: &mut Vec<u8>) {
    frame(0x1, payload, out);
}

/// A ping.
pub(crate) fn ping(out: &mut Vec<u8>) {
    frame(0x9, b"", out);
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8], out: &mut Vec<u8>) {
    frame(0xa, payload, out);
}

/// The last frame.
pub(crate) fn close(code: u16, out: &mut Vec<u8>) {
    frame(0x8, &code.to_be_bytes(), out);
}

fn frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => out.push(length as u8),
        length @ 126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// What a client said that has to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// To be answered with the same.
    Ping(Vec<u8>),
    /// It leaves, or broke the protocol; to be answered with this code, and the end.
    Close(u16),
}

/// Frames of a client, put together from bytes as they come.
#[derive(Debug, Default)]
pub(crate) struct Inbound {
    /// The start of a frame that is not all there: a head, and a control frame's payload.
    held: Vec<u8>,
    /// Bytes of a message still to be ignored.
    skip: u64,
}

/// Head of a frame.
struct Head {
    opcode: u8,
    length: u64,
    mask: [u8; 4],
    /// Bytes of the head itself.
    size: usize,
}

impl Inbound {
    /// Takes bytes and hands on what has to be answered, in order. Nothing is to be pushed after a close.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut heard: impl FnMut(Heard)) {
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((&byte, rest)) = bytes.split_first() else { return };
            self.held.push(byte);
            bytes = rest;
            match self.whole() {
                Ok(None) => {}
                Ok(Some(said)) => heard(said),
                Err(code) => return heard(Heard::Close(code)),
            }
        }
    }

    /// Looks at what is held after each byte: `None` while a frame is not all there, or needs no answer.
    fn whole(&mut self) -> Result<Option<Heard>, u16> {
        let Some(head) = head(&self.held)? else { return Ok(None) };
        if head.opcode < 0x8 {
            self.held.clear();
            self.skip = head.length;
            return Ok(None);
        }
        if ((self.held.len() - head.size) as u64) < head.length {
            return Ok(None);
        }
        let masked = self.held[head.size..].iter().zip(head.mask.iter().cycle());
        let payload: Vec<u8> = masked.map(|(byte, mask)| byte ^ mask).collect();
        self.held.clear();
        Ok(match head.opcode {
            0x8 => Some(Heard::Close(code(&payload)?)),
            0x9 => Some(Heard::Ping(payload)),
            _ => None,
        })
    }
}

/// Reads the head of a frame, if it is all there.
///
/// # Errors
/// The code to close with: 1002 for what the protocol forbids, 1009 for what is too long.
fn head(bytes: &[u8]) -> Result<Option<Head>, u16> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (opcode, last, masked) = (first & 0x0f, first & 0x80 != 0, second & 0x80 != 0);
    let control = opcode >= 0x8;
    if first & 0x70 != 0 || !masked || matches!(opcode, 0x3..=0x7 | 0xb..) || control && !last {
        return Err(1002);
    }
    let (length, rest) = match (second & 0x7f, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest),
        (126 | 127, _) => return Ok(None),
        (short, rest) => (u64::from(short), rest),
    };
    if control && length > LONGEST_CONTROL {
        return Err(1002);
    }
    if length > LONGEST {
        return Err(1009);
    }
    let [a, b, c, d, payload @ ..] = rest else { return Ok(None) };
    Ok(Some(Head { opcode, length, mask: [*a, *b, *c, *d], size: bytes.len() - payload.len() }))
}

/// The code to answer a close with: its own, where that is one a client may send.
fn code(payload: &[u8]) -> Result<u16, u16> {
    match payload {
        [] => Ok(1000),
        [a, b, reason @ ..] => {
            let code = u16::from_be_bytes([*a, *b]);
            let may = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            if may && std::str::from_utf8(reason).is_ok() { Ok(code) } else { Err(1002) }
        }
        [_] => Err(1002),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        frame(first & 0x0f, payload, &mut plain);
        let size = plain.len() - payload.len();
        plain[0] = first;
        plain[1] |= 0x80;
        let mask = [1, 2, 3, 4];
        let hidden: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        [&plain[..size], &mask, &hidden].concat()
    }

    fn hear(bytes: &[u8], piece: usize) -> Vec<Heard> {
        let (mut inbound, mut all) = (Inbound::default(), Vec::new());
        bytes.chunks(piece).for_each(|piece| inbound.push(piece, |heard| all.push(heard)));
        all
    }

    #[test]
    fn the_handshake_is_that_of_the_standard() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ==").as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(accept("dGhlIHNhbXBsZQ==").is_none() && accept("?").is_none());
    }

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        for (length, head) in [(125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let mut out = Vec::new();
            text(&vec![b'x'; length], &mut out);
            assert_eq!((out[0], out.len() - length), (0x81, head));
        }
    }

    #[test]
    fn control_frames_are_heard_between_messages_however_they_are_cut() {
        let said = [
            masked(0x81, &[b'x'; 300]),
            masked(0x89, b"hi"),
            masked(0x8a, b""),
            masked(0x01, b"part"),
            masked(0x80, b"rest"),
            masked(0x88, &1000u16.to_be_bytes()),
        ]
        .concat();
        for piece in 1..said.len() {
            assert_eq!(hear(&said, piece), [Heard::Ping(b"hi".to_vec()), Heard::Close(1000)]);
        }
    }

    #[test]
    fn what_the_protocol_forbids_ends_the_connection() {
        let mut unmasked = Vec::new();
        text(b"x", &mut unmasked);
        for (bytes, code) in [
            (unmasked, 1002),
            (masked(0xc1, b"x"), 1002),
            (masked(0x83, b"x"), 1002),
            (masked(0x09, b"x"), 1002),
            (masked(0x89, &[0; 126]), 1002),
            (masked(0x88, &[3]), 1002),
            (masked(0x88, &1005u16.to_be_bytes()), 1002),
            (masked(0x82, &[0; 5000]), 1009),
        ] {
            assert_eq!(hear(&bytes, bytes.len())[0], Heard::Close(code), "{:?}", &bytes[..4]);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_little_is_held(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut inbound = Inbound::default();
            let mut closed = false;
            for byte in bytes {
                inbound.push(&[byte], |heard| closed |= matches!(heard, Heard::Close(_)));
                if closed { break; }
                prop_assert!(inbound.held.len() <= 140 && inbound.skip <= LONGEST);
            }
        }
    }
}
