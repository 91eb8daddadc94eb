//! The encodings of plain values.

use std::sync::Arc;

use minicbor::bytes::{ByteArray, ByteVec};

use super::{Decode, Encode, Invalid, Reader, Writer};

impl Encode for u64 {
    fn encode(&self, writer: &mut Writer) {
        writer.unsigned(*self);
    }
}

impl Decode for u64 {
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.unsigned()
    }
}

/// Smaller numbers are written as the same number, and refused where they do not fit.
macro_rules! smaller {
    ($($number:ty)*) => {$(
        impl Encode for $number {
            fn encode(&self, writer: &mut Writer) {
                writer.unsigned(u64::from(*self));
            }
        }

        impl Decode for $number {
            fn decode(reader: &mut Reader<'_>) -> Self {
                reader.unsigned().try_into().unwrap_or_else(|_| {
                    reader.fail(Invalid::Malformed);
                    0
                })
            }
        }
    )*};
}

smaller!(u8 u32);

impl Encode for bool {
    fn encode(&self, writer: &mut Writer) {
        writer.bool(*self);
    }
}

impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.bool()
    }
}

impl Encode for str {
    fn encode(&self, writer: &mut Writer) {
        writer.text(self);
    }
}

impl Encode for String {
    fn encode(&self, writer: &mut Writer) {
        writer.text(self);
    }
}

impl Decode for String {
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.text().to_owned()
    }
}

impl Encode for ByteVec {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(self);
    }
}

impl Decode for ByteVec {
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.bytes().to_vec().into()
    }
}

impl<const N: usize> Encode for ByteArray<N> {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(self.as_slice());
    }
}

impl<const N: usize> Decode for ByteArray<N> {
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.fixed_bytes().into()
    }
}

/// In a map only, which leaves it out when it is absent.
impl<T: Encode> Encode for Option<T> {
    fn encode(&self, writer: &mut Writer) {
        if let Some(value) = self {
            value.encode(writer);
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(reader: &mut Reader<'_>) -> Self {
        Some(T::decode(reader))
    }

    fn absent(_: &mut Reader<'_>) -> Self {
        None
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, writer: &mut Writer) {
        writer.array(self.len() as u64);
        for item in self {
            item.encode(writer);
        }
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, writer: &mut Writer) {
        self.as_slice().encode(writer);
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(reader: &mut Reader<'_>) -> Self {
        // Not with the capacity that the head claims: it is the input's word.
        let mut items = Self::new();
        let length = reader.array();
        for _ in 0..length {
            if reader.has_failed() {
                break;
            }
            items.push(T::decode(reader));
        }
        items
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

/// What is shared is written like what is not.
impl<T: Encode> Encode for Arc<T> {
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }
}

impl<T: Decode> Decode for Arc<T> {
    fn decode(reader: &mut Reader<'_>) -> Self {
        Self::new(T::decode(reader))
    }
}

/// The empty array, where a label says everything.
impl Encode for () {
    fn encode(&self, writer: &mut Writer) {
        writer.array(0);
    }
}

/// Tuples are arrays.
macro_rules! tuple {
    ($($name:ident)*) => {
        impl<$($name: Encode),*> Encode for ($($name,)*) {
            fn encode(&self, writer: &mut Writer) {
                #[expect(non_snake_case, reason = "the names of types serve as those of values")]
                let ($($name,)*) = self;
                writer.items(&[$($name),*]);
            }
        }
    };
}

tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
