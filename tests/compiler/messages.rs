//! What a wrong events module, and a wrong use of a right one, look like to rustc. `ui` has one mistake, or one family of mistakes, per file.

#[test]
fn mistakes_are_pinned_with_their_messages() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
