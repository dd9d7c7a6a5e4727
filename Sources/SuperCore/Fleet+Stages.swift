public import SuperBase

/// How far the replacement of a process has come, for operators.
public enum RollStage: Sendable, Hashable {
    /// Its turn is yet to come.
    case queued
    /// The new process is on its way up, or must stay ready for a while.
    case replacing
    /// It has been replaced, and the old process is on its way out.
    case draining
    /// It goes back to its old configuration.
    case restoring
}

extension Fleet {
    /// Nil where the process is not being replaced.
    public func rollStage(of name: ProcessName) -> RollStage? {
        for rollout in rollouts {
            if let active = rollout.active[name] {
                if case .draining = active.stage { return .draining }
                return rollout.isRestoring ? .restoring : .replacing
            }
            if rollout.pending.contains(where: { $0.name == name }) {
                return rollout.isRestoring ? .restoring : .queued
            }
        }
        return nil
    }
}
