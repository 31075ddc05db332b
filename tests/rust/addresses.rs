//! Channels as addresses: parameters, and the segment that a name may leave out.
#![expect(missing_docs, reason = "the module is the test case")]

use tidewire::Channel as _;

#[tidewire::realtime_events(name = "files")]
pub mod files {
    #[event("changed")]
    pub struct Changed;

    #[channel("files/{folder_id}/{file_name?}", events(Changed))]
    pub struct Files {
        pub folder_id: u32,
        pub file_name: Option<String>,
    }
}

#[test]
fn an_optional_last_segment_is_an_option() {
    let all = files::Files { folder_id: 7, file_name: None };
    assert_eq!(all.params(), [("folderId", "7".to_owned())]);
    let one = files::Files { folder_id: 7, file_name: Some("a/b".into()) };
    assert_eq!(one.params(), [("folderId", "7".to_owned()), ("fileName", "a/b".to_owned())]);
    assert_eq!(files::Files::PATTERN, "files/{folderId}/{fileName?}");
    assert!(files::contract().channels[0].params[1].optional);
}
