//! Writes: what is taken apart holds what its manifest says, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidelock::records::Write;
use tidelock_crypto::cbor;

fuzz_target!(|data: &[u8]| {
    let Ok(write) = cbor::decode::<Write>(data) else { return };
    let Ok(parsed) = write.parse() else { return };
    assert_eq!(parsed.entities.len(), write.items.len());
    assert_eq!(parsed.manifest.claims().size, write.items.len() as u64);
    for (leaf, _, header) in &parsed.entities {
        assert_eq!((leaf.entity, leaf.sequence, leaf.previous), (header.entity, header.sequence, header.previous));
        assert_eq!(header.vault, parsed.manifest.claims().vault);
    }
    // Without keys nothing opens.
    assert!(write.open(parsed.entities, &[], |_| true).is_err());
});
