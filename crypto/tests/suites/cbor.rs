//! Deterministic CBOR: what of RFC 8949's appendix A is deterministic is read and written, everything else is refused.

use std::fmt::Debug;

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Decode, Encode};
use tidelock_crypto::{Engine, Error, cbor};

use super::hex;

fn both_ways<T>(text: &str, value: &T) -> usize
where
    T: Encode + Decode + PartialEq + Debug,
{
    assert_eq!(cbor::decode::<T>(&hex(text)).as_ref(), Ok(value), "{text}");
    assert_eq!(cbor::encode(value), hex(text));
    1
}

pub async fn rfc8949_appendix_a(_: &Engine) -> usize {
    let unsigned = [
        (0u64, "00"),
        (1, "01"),
        (10, "0a"),
        (23, "17"),
        (24, "1818"),
        (25, "1819"),
        (100, "1864"),
        (1000, "1903e8"),
        (1_000_000, "1a000f4240"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (u64::MAX, "1bffffffffffffffff"),
    ];
    let texts = [
        ("", "60"),
        ("a", "6161"),
        ("IETF", "6449455446"),
        ("\"\\", "62225c"),
        ("ü", "62c3bc"),
        ("水", "63e6b0b4"),
        ("𐅑", "64f0908591"),
    ];
    let bytes = [(vec![], "40"), (vec![1, 2, 3, 4], "4401020304")];
    let mut count = unsigned.iter().map(|(value, text)| both_ways(text, value)).sum::<usize>();
    count += texts.iter().map(|(value, text)| both_ways(text, &(*value).to_owned())).sum::<usize>();
    count += bytes.into_iter().map(|(value, text)| both_ways(text, &ByteVec::from(value))).sum::<usize>();
    count += both_ways("f4", &false) + both_ways("f5", &true);
    count += both_ways("80", &Vec::<u64>::new()) + both_ways("83010203", &vec![1u64, 2, 3]);
    count += both_ways("8301820203820405", &Nested { number: 1, left: vec![2, 3], right: vec![4, 5] });
    count += both_ways("98190102030405060708090a0b0c0d0e0f101112131415161718181819", &(1..=25u64).collect::<Vec<_>>());
    count + both_ways("a0", &Empty {}) + both_ways("a201020304", &Pair { one: 2, three: 4 })
}

#[derive(Debug, PartialEq)]
struct Empty {}

tidelock_crypto::cbor_map!(Empty {});

#[derive(Debug, PartialEq)]
struct Pair {
    one: u64,
    three: u64,
}

tidelock_crypto::cbor_map!(Pair { 1: one, 3: three });

#[derive(Debug, PartialEq)]
struct Nested {
    number: u64,
    left: Vec<u64>,
    right: Vec<u64>,
}

tidelock_crypto::cbor_array!(Nested [number, left, right]);

/// A structure of the kind that is used everywhere: ascending integer keys, absent options left out.
#[derive(Debug, PartialEq)]
struct Example {
    number: u64,
    text: Option<String>,
}

tidelock_crypto::cbor_map!(Example { 0: number, 1: text });

fn refused<T>(text: &str) -> Error
where
    T: Encode + Decode + Debug,
{
    cbor::decode::<T>(&hex(text)).expect_err(text)
}

pub async fn not_deterministic(_: &Engine) -> usize {
    let mut count = 0;
    let longer =
        ["1800", "1817", "190000", "1900ff", "1a00000000", "1a0000ffff", "1b0000000000000000", "1b00000000ffffffff"];
    for text in longer {
        assert_eq!(refused::<u64>(text), Error::NotCanonical, "{text}");
        count += 1;
    }
    for text in ["5800", "580401020304", "59000101", "5f42010243030405ff", "5fff"] {
        refused::<ByteVec>(text);
        count += 1;
    }
    for text in ["7800", "780161", "790001 61", "7f657374726561646d696e67ff", "7fff"] {
        refused::<String>(text);
        count += 1;
    }
    for text in ["9800", "980101", "9fff", "9f010203ff"] {
        assert_eq!(refused::<Vec<u64>>(text), Error::NotCanonical, "{text}");
        count += 1;
    }
    // Longer and indefinite; then out of order, and a key twice.
    for text in ["b800", "bfff", "b9000201020304", "bf01020304ff"] {
        refused::<Empty>(text);
        assert_eq!(refused::<Pair>(text), Error::NotCanonical, "{text}");
        count += 1;
    }
    for text in ["a203040102", "a201020102", "a3010201020304", "a3010203040304"] {
        refused::<Pair>(text);
        count += 1;
    }
    // An absent option written as null, an unknown key, out of order, a key twice, indefinite; then no such value at all.
    for text in [
        "a2000101f6",
        "a200010201",
        "a201616100 01",
        "a200010001",
        "bf0001ff",
        "a0",
        "8101",
        "a10020",
        "a1000100",
        "a100",
        "",
    ] {
        refused::<Example>(text);
        count += 1;
    }
    assert_eq!(cbor::decode(&hex("a20001016161")), Ok(Example { number: 1, text: Some("a".to_owned()) }));
    // A count of elements that no memory could hold is not believed.
    for text in ["9bffffffffffffffff", "bbffffffffffffffff", "5bffffffffffffffff", "7bffffffffffffffff"] {
        refused::<Vec<u64>>(text);
        refused::<Pair>(text);
        refused::<ByteVec>(text);
        refused::<String>(text);
        count += 1;
    }
    count
}
