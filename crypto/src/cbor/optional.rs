use super::{Decode, Encode, Invalid, Reader, Writer};

/// A member of a map that is `true`, or left out.
///
/// ```
/// use tidelock_crypto::cbor::{self, Flag};
/// struct Order { number: u64, urgent: Flag }
/// tidelock_crypto::cbor_map!(Order { 0: number, 1: urgent });
///
/// assert_eq!(cbor::encode(&Order { number: 7, urgent: Flag(false) }), [0xa1, 0x00, 0x07]);
/// assert_eq!(cbor::encode(&Order { number: 7, urgent: Flag(true) }), [0xa2, 0x00, 0x07, 0x01, 0xf5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl Encode for Flag {
    fn encode(&self, writer: &mut Writer) {
        writer.bool(true);
    }

    fn is_absent(&self) -> bool {
        !self.0
    }
}

impl Decode for Flag {
    fn decode(reader: &mut Reader<'_>) -> Self {
        if !reader.bool() {
            reader.fail(Invalid::Malformed);
        }
        Self(true)
    }

    fn absent(_: &mut Reader<'_>) -> Self {
        Self(false)
    }
}

/// A list that a map leaves out when it is empty, and that is never there and empty.
///
/// ```
/// use tidelock_crypto::cbor::{self, List};
/// struct Order { number: u64, remarks: List<String> }
/// tidelock_crypto::cbor_map!(Order { 0: number, 1: remarks });
///
/// assert_eq!(cbor::encode(&Order { number: 7, remarks: List::default() }), [0xa1, 0x00, 0x07]);
/// assert!(cbor::decode::<Order>(&[0xa2, 0x00, 0x07, 0x01, 0x80]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Encode> Encode for List<T> {
    fn encode(&self, writer: &mut Writer) {
        self.0.encode(writer);
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Decode> Decode for List<T> {
    fn decode(reader: &mut Reader<'_>) -> Self {
        let items = Vec::decode(reader);
        if items.is_empty() {
            reader.fail(Invalid::Malformed);
        }
        Self(items)
    }

    fn absent(_: &mut Reader<'_>) -> Self {
        Self::default()
    }
}
