//! Cycles in a directed graph.

/// Nodes that all reach each other, or one node alone.
pub(crate) struct Component {
    /// The nodes.
    pub(crate) members: Vec<usize>,
    /// Whether there is a way from a member back to itself.
    pub(crate) cyclic: bool,
}

/// The strongly connected components of a graph, targets before sources.
///
/// Kosaraju's algorithm: depth-first search forwards, then backwards in the reverse order of completion. With stacks of its own, because a chain of
/// definitions may be longer than the thread's.
pub(crate) fn components(edges: &[Vec<usize>]) -> Vec<Component> {
    let mut backwards = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for &to in targets {
            backwards[to].push(from);
        }
    }
    let mut seen = vec![false; edges.len()];
    let mut finished = Vec::with_capacity(edges.len());
    for root in 0..edges.len() {
        search(root, edges, &mut seen, &mut finished);
    }
    seen.fill(false);
    let mut components = Vec::new();
    for &root in finished.iter().rev() {
        let mut members = Vec::new();
        search(root, &backwards, &mut seen, &mut members);
        if !members.is_empty() {
            members.sort_unstable();
            let cyclic = members.len() > 1 || edges[root].contains(&root);
            components.push(Component { members, cyclic });
        }
    }
    components.reverse();
    components
}

/// Depth-first search from `root` over what is not seen yet; appends each node when everything behind it is done.
fn search(root: usize, edges: &[Vec<usize>], seen: &mut [bool], finished: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[root], true) {
        return;
    }
    let mut stack = vec![(root, 0)];
    while let Some((node, edge)) = stack.last_mut() {
        if let Some(&target) = edges[*node].get(*edge) {
            *edge += 1;
            if !std::mem::replace(&mut seen[target], true) {
                stack.push((target, 0));
            }
        } else {
            finished.push(*node);
            stack.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_grouped_and_targets_come_first() {
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![], vec![4]];
        let found: Vec<_> = components(&edges).into_iter().map(|component| (component.members, component.cyclic)).collect();
        let at = |members: &[usize]| found.iter().position(|(found, _)| found == members).unwrap();
        assert!(at(&[3]) < at(&[1, 2]) && at(&[1, 2]) < at(&[0]));
        assert_eq!(found.iter().filter(|(_, cyclic)| *cyclic).count(), 2);
    }
}
