//! Randomness that repeats from run to run.

use sha2::{Digest as _, Sha256};
use soleira_core::Entropy;
use std::sync::atomic::{AtomicU64, Ordering};

/// A repeatable stream of bytes: SHA-256 over a seed and a counter. For tests only.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// The stream that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let counter = self.drawn.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(counter.to_le_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_core::EntropyExt as _;

    #[test]
    fn one_seed_gives_one_stream_that_never_repeats_itself() {
        let (one, same, other) = (SeededEntropy::new(7), SeededEntropy::new(7), SeededEntropy::new(8));
        let first = one.opaque();
        assert_eq!(first, same.opaque());
        assert_ne!(first, other.opaque());
        assert_ne!(first, one.opaque());
    }
}
