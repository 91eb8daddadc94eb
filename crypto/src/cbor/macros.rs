/// Says that a structure is a CBOR map, and the number of each field. Fields that are options may be left out.
///
/// ```
/// struct Reading { time: u64, comment: Option<String> }
/// tidelock_crypto::cbor_map!(Reading { 0: time, 1: comment });
///
/// let reading = Reading { time: 7, comment: None };
/// assert_eq!(tidelock_crypto::cbor::encode(&reading), [0xa1, 0x00, 0x07]);
/// ```
#[macro_export]
macro_rules! cbor_map {
    ($name:ty { $($key:literal: $field:ident),* $(,)? }) => {
        impl $crate::cbor::Encode for $name {
            fn encode(&self, writer: &mut $crate::cbor::Writer) {
                writer.members(&[$(($key, &self.$field)),*]);
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(reader: &mut $crate::cbor::Reader<'_>) -> ::core::result::Result<Self, $crate::cbor::Invalid> {
                #[allow(unused_mut, reason = "a map may have no members")]
                let mut members = reader.map()?;
                let value = Self { $($field: reader.member(&mut members, $key)?),* };
                members.end()?;
                Ok(value)
            }
        }
    };
}

/// Says that a structure is a CBOR array of its fields, in this order.
///
/// ```
/// struct Place { number: u64, name: String }
/// tidelock_crypto::cbor_array!(Place [number, name]);
///
/// let place = Place { number: 7, name: String::from("a") };
/// assert_eq!(tidelock_crypto::cbor::encode(&place), [0x82, 0x07, 0x61, 0x61]);
/// ```
#[macro_export]
macro_rules! cbor_array {
    ($name:ty [ $($field:tt),* $(,)? ]) => {
        impl $crate::cbor::Encode for $name {
            fn encode(&self, writer: &mut $crate::cbor::Writer) {
                writer.items(&[$(&self.$field),*]);
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(reader: &mut $crate::cbor::Reader<'_>) -> ::core::result::Result<Self, $crate::cbor::Invalid> {
                reader.array_of([$(stringify!($field)),*].len() as u64)?;
                Ok(Self { $($field: $crate::cbor::Decode::decode(reader)?),* })
            }
        }
    };
}

/// Says that an enumeration without fields is a CBOR number, and which.
///
/// ```
/// # #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Side { Left, Right }
/// tidelock_crypto::cbor_number!(Side { 1: Left, 2: Right });
///
/// assert_eq!(tidelock_crypto::cbor::encode(&Side::Right), [0x02]);
/// assert_eq!(tidelock_crypto::cbor::decode::<Side>(&[0x01]), Ok(Side::Left));
/// ```
#[macro_export]
macro_rules! cbor_number {
    ($name:ty { $($number:literal: $variant:ident),* $(,)? }) => {
        impl $crate::cbor::Encode for $name {
            fn encode(&self, writer: &mut $crate::cbor::Writer) {
                writer.unsigned(match self { $(Self::$variant => $number),* });
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(reader: &mut $crate::cbor::Reader<'_>) -> ::core::result::Result<Self, $crate::cbor::Invalid> {
                match reader.unsigned()? {
                    $($number => Ok(Self::$variant),)*
                    _ => Err($crate::cbor::Invalid::Malformed),
                }
            }
        }
    };
}

/// Says that an enumeration is a CBOR array of a number, which says the variant, and an array of the variant's fields.
///
/// ```
/// # #[derive(Debug, PartialEq)]
/// enum Wrap { Vault { key: u64, sealed: String } }
/// tidelock_crypto::cbor_variants!(Wrap { 1: Vault { key: key, sealed: sealed } });
///
/// let wrap = Wrap::Vault { key: 7, sealed: String::from("a") };
/// assert_eq!(tidelock_crypto::cbor::encode(&wrap), [0x82, 0x01, 0x82, 0x07, 0x61, 0x61]);
/// ```
#[macro_export]
macro_rules! cbor_variants {
    ($name:ty { $($number:literal: $variant:ident { $($field:tt: $value:ident),* }),* $(,)? }) => {
        impl $crate::cbor::Encode for $name {
            fn encode(&self, writer: &mut $crate::cbor::Writer) {
                writer.array(2);
                match self {
                    $(Self::$variant { $($field: $value),* } => {
                        writer.unsigned($number);
                        writer.items(&[$($value),*]);
                    })*
                }
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(reader: &mut $crate::cbor::Reader<'_>) -> ::core::result::Result<Self, $crate::cbor::Invalid> {
                reader.array_of(2)?;
                match reader.unsigned()? {
                    $($number => {
                        reader.array_of([$(stringify!($field)),*].len() as u64)?;
                        Ok(Self::$variant { $($field: $crate::cbor::Decode::decode(reader)?),* })
                    })*
                    _ => Err($crate::cbor::Invalid::Malformed),
                }
            }
        }
    };
}
