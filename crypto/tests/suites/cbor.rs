//! Deterministic CBOR: what of RFC 8949's appendix A is deterministic is read and written, everything else is refused.

use std::collections::BTreeMap;
use std::fmt::Debug;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tidelock_crypto::{Engine, Error, cbor};

use super::hex;

fn both_ways<T>(text: &str, value: &T) -> usize
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
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
    let signed = [(-1i64, "20"), (-10, "29"), (-100, "3863"), (-1000, "3903e7")];
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
    count += signed.iter().map(|(value, text)| both_ways(text, value)).sum::<usize>();
    count += texts.iter().map(|(value, text)| both_ways(text, &(*value).to_owned())).sum::<usize>();
    count += bytes.into_iter().map(|(value, text)| both_ways(text, &ByteVec::from(value))).sum::<usize>();
    count += both_ways("f4", &false) + both_ways("f5", &true) + both_ways("f6", &None::<u64>);
    count += both_ways("80", &Vec::<u64>::new()) + both_ways("83010203", &vec![1u64, 2, 3]);
    count += both_ways("8301820203820405", &(1u64, vec![2u64, 3], vec![4u64, 5]));
    count += both_ways("98190102030405060708090a0b0c0d0e0f101112131415161718181819", &(1..=25u64).collect::<Vec<_>>());
    count += both_ways("a0", &BTreeMap::<u64, u64>::new())
        + both_ways("a201020304", &BTreeMap::from([(1u64, 2u64), (3, 4)]));
    let letters = [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")];
    let letters = BTreeMap::from(letters.map(|(key, value)| (key.to_owned(), value.to_owned())));
    count += both_ways("a56161614161626142616361436164614461656145", &letters);
    count + both_ways("826161a161626163", &("a".to_owned(), BTreeMap::from([("b".to_owned(), "c".to_owned())])))
}

/// A structure of the kind that is used everywhere: ascending integer keys, absent options left out.
#[derive(Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
struct Example {
    #[n(0)]
    number: u64,
    #[n(1)]
    text: Option<String>,
}

fn refused<T>(text: &str) -> Error
where
    T: Encode<()> + for<'b> Decode<'b, ()> + Debug,
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
    for text in ["3800", "390063", "3a00000000"] {
        assert_eq!(refused::<i64>(text), Error::NotCanonical, "{text}");
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
    // Longer, indefinite, out of order, and a key twice.
    for text in ["b800", "bfff", "b8010102", "a203040102", "a201020103"] {
        assert_eq!(refused::<BTreeMap<u64, u64>>(text), Error::NotCanonical, "{text}");
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
        refused::<BTreeMap<u64, u64>>(text);
        refused::<ByteVec>(text);
        refused::<String>(text);
        count += 1;
    }
    count
}
