//! A few numbers from one.

pub struct Dice(u32);

impl Dice {
    /// The same seed gives the same numbers.
    pub fn new(seed: u32) -> Self {
        // Zero would stay zero.
        Dice(seed | 1)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end.max(1)
    }
}
