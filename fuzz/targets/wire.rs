//! Everything that goes over the network as CBOR, and what is inside sealed contents: nothing panics, and what is decoded
//! is encoded as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidelock::records::{Batch, Content, EntityState, Item, Leaf, Write};
use tidelock::sharing::{InvitationDetails, SeenLog};
use tidelock::wire::{
    AddedWraps, AttachmentChunks, Bundle, ClinicKeys, EntitiesRequest, FinishedAttachment, ListRequest, LogEntries, NewAttachment, NewHead, NewIdentity,
    NewShareCode, OwnManifests, Problem, Statements, StoredBackup, StoredWrite, WritePage, Written,
};
use tidelock_crypto::cbor;
use tidelock_crypto::merkle::Frontier;

macro_rules! read {
    ($data:expr, $($kind:ty),+ $(,)?) => {
        $(
            if let Ok(value) = cbor::decode::<$kind>($data) {
                assert_eq!(cbor::encode(&value), $data, stringify!($kind));
            }
        )+
    };
}

fuzz_target!(|data: &[u8]| {
    read!(
        data,
        AddedWraps,
        AttachmentChunks,
        Batch,
        Bundle,
        ClinicKeys,
        Content,
        EntitiesRequest,
       
        EntityState,
        FinishedAttachment,
        Frontier,
        InvitationDetails,
        Item,
        Leaf,
        ListRequest,
        LogEntries,
        NewAttachment,
        NewHead,
        NewIdentity,
        NewShareCode,
        OwnManifests,
        Problem,
        SeenLog,
        Statements,
        StoredBackup,
        StoredWrite,
        Write,
        WritePage,
        Written,
    );
});
