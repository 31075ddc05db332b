//! Where the suite and Tidewire differ on purpose.

use super::suite::{Group, Instance};

/// Instances on which the suite's verdict is not ours: the file, how the description ends, and why.
const INSTANCES: [(&str, &str, &str); 1] = [(
    "format.json",
    "is only an annotation by default",
    "formats are enforced; the files under optional/format stand in for these instances",
)];

/// Whether this instance is an exception.
pub(crate) fn excepted(group: &Group, instance: &Instance) -> bool {
    INSTANCES.iter().any(|(file, end, _)| group.file == *file && instance.description.ends_with(end))
}
