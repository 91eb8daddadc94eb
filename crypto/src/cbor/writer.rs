use minicbor::Encoder;

use super::Encode;

/// Writes one item after the other, in the deterministic form.
#[derive(Debug)]
pub struct Writer {
    encoder: Encoder<Vec<u8>>,
}

impl Default for Writer {
    fn default() -> Self {
        // Enough for whatever holds secrets: memory that grows leaves copies behind.
        Self { encoder: Encoder::new(Vec::with_capacity(256)) }
    }
}

/// Writing to memory cannot fail, and says so with an error that has no values.
type Written<'e> = Result<&'e mut Encoder<Vec<u8>>, minicbor::encode::Error<core::convert::Infallible>>;

impl Writer {
    fn write(&mut self, item: impl FnOnce(&mut Encoder<Vec<u8>>) -> Written<'_>) {
        let written = item(&mut self.encoder).is_ok();
        debug_assert!(written, "writing to memory cannot fail");
    }

    /// An unsigned number.
    pub fn unsigned(&mut self, number: u64) {
        self.write(|encoder| encoder.u64(number));
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.write(|encoder| encoder.bytes(bytes));
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.write(|encoder| encoder.str(text));
    }

    /// `false` or `true`.
    pub fn bool(&mut self, value: bool) {
        self.write(|encoder| encoder.bool(value));
    }

    /// The head of an array of so many items, which are to follow.
    pub fn array(&mut self, length: u64) {
        self.write(|encoder| encoder.array(length));
    }

    /// An array.
    pub fn items(&mut self, items: &[&dyn Encode]) {
        self.array(items.len() as u64);
        for item in items {
            item.encode(self);
        }
    }

    /// A map. The keys ascend; absent members are left out.
    pub fn members(&mut self, members: &[(u64, &dyn Encode)]) {
        let present = || members.iter().filter(|(_, value)| !value.is_absent());
        let length = present().count() as u64;
        self.write(|encoder| encoder.map(length));
        for (key, value) in present() {
            self.unsigned(*key);
            value.encode(self);
        }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.encoder.into_writer()
    }
}
