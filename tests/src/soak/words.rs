//! What a soak is made of: numbers that look random, and texts, events and vectors from them.

/// Numbers from a seed (SplitMix64).
#[derive(Debug, Clone, Copy)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(seed: u64, number: u64) -> Random {
        let mut random = Random(seed ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The text of the chunk at this place of a stream.
pub(super) fn text(random: Random, place: usize) -> String {
    const WORDS: [&str; 8] = ["é", "键盘", "😀", "\"quoted\"", "line\n", "back\\slash", "plain words", "<b>&amp;</b>"];
    let mut random = Random(random.0 ^ place as u64);
    let word = WORDS[random.below(WORDS.len() as u64) as usize];
    format!("{place} {} ", word.repeat(random.below(3) as usize + 1))
}

/// A frame with this text. Most frames of a stream differ in their text only, some in more.
pub(super) fn event(stream: u64, text: &str) -> Vec<u8> {
    let created = if text.len().is_multiple_of(5) { text.len() } else { 1 };
    let text = serde_json::Value::from(text);
    format!(
        "data: {{\"id\":\"chatcmpl-{stream}\",\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":\"m\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}]}}\n\n"
    )
    .into_bytes()
}

/// A vector whose numbers are exact.
pub(super) fn vector(session: u64, index: usize) -> Vec<f64> {
    let mut random = Random::of(session, index as u64);
    (0..64).map(|_| random.below(1 << 12) as f64 / 4096.0).collect()
}
