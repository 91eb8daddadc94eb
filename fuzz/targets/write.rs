//! Writes: what is taken apart holds what its manifest says, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidelock::records::{BatchOrigin, Holder, Write};
use tidelock_crypto::{Engine, cbor};

fuzz_target!(|data: &[u8]| {
    let Ok(write) = cbor::decode::<Write>(data) else { return };
    let Ok(parsed) = write.parse() else { return };
    let claims = parsed.manifest.claims();
    assert_eq!(parsed.revisions.len(), write.items.len());
    assert_eq!(claims.size, write.items.len() as u64);
    for revision in &parsed.revisions {
        let leaf = &revision.leaf;
        assert_eq!(revision.header.is_some(), leaf.content.is_some());
        if let Some(header) = &revision.header {
            assert!(header.belongs_to(leaf, &claims.vault));
        }
    }
    // Without keys nothing opens.
    if let Some(batch) = &write.batch {
        let (holder, origin) = (Holder { vault_keys: &[], own: &[] }, BatchOrigin::from(claims));
        assert!(pollster::block_on(batch.open(&Engine::Software, &holder, &origin)).is_err());
    }
});
