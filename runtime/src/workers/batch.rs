//! What is about to be written to one connection.

use bytes::Bytes;

/// From this size on bytes are shared rather than copied: below it, a copy costs less than the bookkeeping, and several pieces go out in one write.
const SHARED_FROM: usize = 16 * 1024;
/// Up to this size what comes next is waited for, if it is there already: a write costs more than the copy.
const BRIEF: usize = 4 * 1024;

/// Bytes on their way out, in order.
#[derive(Debug)]
pub(crate) struct Batch {
    shared_from: usize,
    copied: Vec<u8>,
    // Each stands before the copied bytes from its position on.
    shared: Vec<(usize, Bytes)>,
}

/// Bytes of a batch that lie in one piece.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    Copied(&'a [u8]),
    Shared(&'a Bytes),
}

impl Default for Batch {
    fn default() -> Self {
        Self::sharing_from(SHARED_FROM)
    }
}

impl Batch {
    /// A batch that shares pieces of at least this size.
    pub(crate) const fn sharing_from(bytes: usize) -> Self {
        Self { shared_from: bytes, copied: Vec::new(), shared: Vec::new() }
    }

    /// Appends bytes that are made for one connection.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.copied.extend_from_slice(bytes);
    }

    /// Appends bytes that others get as well; `share` is asked for a handle when they are too large to copy.
    pub(crate) fn push_shared(&mut self, bytes: &[u8], share: impl FnOnce() -> Bytes) {
        if bytes.len() < self.shared_from {
            self.push(bytes);
        } else {
            self.shared.push((self.copied.len(), share()));
        }
    }

    /// Where to write text that is made for one connection: behind everything that is there.
    pub(crate) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.copied
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.copied.is_empty() && self.shared.is_empty()
    }

    /// Whether what comes next should go out in the same write.
    pub(crate) fn is_brief(&self) -> bool {
        self.only_copied().is_some_and(|bytes| bytes.len() < BRIEF)
    }

    /// Grows with everything that is pushed.
    pub(crate) fn extent(&self) -> usize {
        self.copied.len() + self.shared.len()
    }

    pub(crate) fn clear(&mut self) {
        self.copied.clear();
        self.shared.clear();
        // One large frame for one connection must not stay for the life of the worker.
        self.copied.shrink_to(8 * SHARED_FROM);
    }

    /// Everything, if none of it is shared.
    pub(crate) fn only_copied(&self) -> Option<&[u8]> {
        self.shared.is_empty().then_some(&self.copied)
    }

    /// Everything, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let ends = self.shared.iter().map(|(at, _)| *at).chain([self.copied.len()]);
        let starts = std::iter::once(0).chain(self.shared.iter().map(|(at, _)| *at));
        let handles = self.shared.iter().map(|(_, bytes)| Some(Piece::Shared(bytes))).chain([None]);
        let copied = starts.zip(ends).map(|(from, to)| (from < to).then(|| Piece::Copied(&self.copied[from..to])));
        copied.zip(handles).flat_map(|(copied, shared)| [copied, shared]).flatten()
    }

    /// Everything as one piece, if there is anything. What is shared stays shared unless it has company.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        if self.copied.is_empty() && self.shared.len() < 2 {
            return self.shared.pop().map(|(_, bytes)| bytes);
        }
        if self.shared.is_empty() {
            return Some(std::mem::take(&mut self.copied).into());
        }
        let mut joined = Vec::with_capacity(self.copied.len() + self.shared.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
        for piece in self.pieces() {
            joined.extend_from_slice(piece.bytes());
        }
        self.copied = Vec::new();
        self.shared.clear();
        Some(joined.into())
    }
}

impl Piece<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    /// What follows after the first `skip` bytes, to be kept.
    pub(crate) fn keep(&self, skip: usize) -> Bytes {
        match self {
            Self::Copied(bytes) => Bytes::copy_from_slice(&bytes[skip..]),
            Self::Shared(bytes) => bytes.slice(skip..),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(batch: &Batch) -> Vec<String> {
        batch.pieces().map(|piece| String::from_utf8(piece.bytes().to_vec()).unwrap()).collect()
    }

    #[test]
    fn large_pieces_are_shared_in_their_place() {
        let mut batch = Batch::sharing_from(4);
        let large = Bytes::from_static(b"large");
        batch.push(b"a");
        batch.push_shared(b"b", || unreachable!("too small to share"));
        batch.push_shared(&large, || large.clone());
        batch.push_shared(&large, || large.clone());
        batch.push(b"c");
        assert_eq!(text(&batch), ["ab", "large", "large", "c"]);
        let pieces: Vec<Bytes> = batch.pieces().map(|piece| piece.keep(1)).collect();
        assert_eq!(pieces, ["b", "arge", "arge", ""]);
        assert_eq!(pieces[1].as_ptr(), large[1..].as_ptr(), "what is left of it stays shared");
        assert_eq!(batch.take().unwrap(), "ablargelargec");
        assert!(batch.is_empty() && batch.take().is_none());
    }

    #[test]
    fn one_piece_is_taken_as_it_is() {
        let mut batch = Batch::sharing_from(0);
        let bytes = Bytes::from_static(b"shared");
        batch.push_shared(&bytes, || bytes.clone());
        assert_eq!(text(&batch), ["shared"]);
        assert_eq!(batch.take().unwrap().as_ptr(), bytes.as_ptr());
        batch.push(b"copied");
        assert_eq!(batch.take().unwrap(), "copied");
    }
}
