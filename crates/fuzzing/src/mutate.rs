//! Changes of an input as fuzzers make them, the same ones for the same number.

/// Bytes and texts that parsers trip over.
const MORSELS: [&[u8]; 48] = [
    b"",
    b"\0",
    b"\r\n",
    b"\t",
    b" ",
    b"%00",
    b"%2e",
    b"%2e%2e",
    b"%252e",
    b"..;/",
    b"../",
    b"..",
    b"./",
    b"@",
    b"@@",
    b"\\",
    b"#",
    b"?",
    b"*",
    b":",
    b"://",
    b"//",
    b"[::1]",
    b"localhost",
    b"127.1",
    b"0x7f.1",
    b"javascript:",
    b"JaVaScRiPt:",
    b"xn--",
    "\u{202e}".as_bytes(),
    "é".as_bytes(),
    "\u{3002}".as_bytes(),
    b"\xff\xfe",
    b"=",
    b"==",
    b"&",
    b"+",
    b",",
    b";",
    b".",
    b"{}",
    b"[]",
    b"null",
    b"\"",
    b"-1",
    b"9223372036854775808",
    b"1e400",
    b"\\u0000",
];

/// Longest input.
const MAX: usize = 8 * 1024;

/// SplitMix64: small, and good enough to wander about.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or_default()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.below(length + 1), self.below(length + 1));
        a.min(b)..a.max(b)
    }
}

/// The seed with one to four changes; `number` decides which.
pub(crate) fn mutated(seed: &[u8], others: &[&[u8]], number: u64) -> Vec<u8> {
    let mut dice = Dice(number);
    let mut input = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(8) {
            0 if !input.is_empty() => {
                let bit = 1_u8 << dice.below(8);
                let at = at.min(input.len() - 1);
                input[at] ^= bit;
            }
            1 if !input.is_empty() => {
                let byte = dice.next().to_le_bytes()[0];
                let at = at.min(input.len() - 1);
                input[at] = byte;
            }
            2 => {
                let range = dice.range(input.len());
                input.drain(range);
            }
            3 => {
                let copy = input[dice.range(input.len())].to_vec();
                input.splice(at..at, copy);
            }
            4 => {
                let other = others[dice.below(others.len())];
                let piece = other[dice.range(other.len())].to_vec();
                input.splice(at..at, piece);
            }
            5 => {
                let (start, end) = (at, (at + dice.below(4)).min(input.len()));
                input.splice(start..end, MORSELS[dice.below(MORSELS.len())].iter().copied());
            }
            6 => input.truncate(at),
            _ => {
                input.splice(at..at, MORSELS[dice.below(MORSELS.len())].iter().copied());
            }
        }
        input.truncate(MAX);
    }
    input
}
