import SuperBase
import SuperOS

/// The brain's loop: waits for descriptors and calls who watches them, in one thread.
///
/// One turn handles what is ready in the order of `Rank`, so that runs can be replayed and no crowd of clients delays news of a process.
final class Reactor {
    /// Who is called first in a turn.
    enum Rank: Int, Comparable {
        /// News of processes.
        case keeper
        /// What time brings, and notices of our own log thread.
        case notice
        /// Operators.
        case control

        static func < (a: Rank, b: Rank) -> Bool { a.rawValue < b.rawValue }
    }

    /// Names one watched descriptor.
    struct Watch: Hashable {
        fileprivate let token: UInt64
    }

    private struct Entry {
        let descriptor: Descriptor
        let rank: Rank
        var interest: Poller.Interest
        let handler: (Poller.Event) -> Void
    }

    private let poller: Poller
    private var entries: [UInt64: Entry] = [:]
    private var lastToken: UInt64 = 0

    init() throws(SystemError) {
        poller = try Poller()
    }

    /// Calls `handler` whenever the descriptor is ready for what `interest` names, until `unwatch`.
    func watch(
        _ descriptor: Descriptor, _ interest: Poller.Interest, rank: Rank,
        _ handler: @escaping (Poller.Event) -> Void
    ) throws(SystemError) -> Watch {
        lastToken += 1
        try poller.add(descriptor, token: lastToken, interest)
        entries[lastToken] = Entry(descriptor: descriptor, rank: rank, interest: interest, handler: handler)
        return Watch(token: lastToken)
    }

    /// Replaces the interest; the same one again costs nothing.
    func change(_ watch: Watch, _ interest: Poller.Interest) {
        guard let entry = entries[watch.token], entry.interest != interest else { return }
        entries[watch.token]?.interest = interest
        poller.change(entry.descriptor, token: watch.token, interest)
    }

    /// Stops watching; to be called before the descriptor is closed. A second call does nothing.
    func unwatch(_ watch: Watch) {
        guard let entry = entries.removeValue(forKey: watch.token) else { return }
        poller.remove(entry.descriptor)
    }

    /// Waits until something is ready or `deadline` has come and calls the handlers; `timers` is called after those of rank `keeper`.
    func turn(until deadline: Instant?, timers: () -> Void) throws(SystemError) {
        var ready: [(Rank, Poller.Event)] = []
        for event in try poller.wait(until: deadline) {
            guard let rank = entries[event.token]?.rank else { continue }
            ready.append((rank, event))
        }
        ready.sort { $0.0 < $1.0 }
        var timersAreDue = true
        for (rank, event) in ready {
            if rank > .keeper && timersAreDue {
                timers()
                timersAreDue = false
            }
            // An earlier handler may have unwatched it.
            entries[event.token]?.handler(event)
        }
        if timersAreDue { timers() }
    }
}
