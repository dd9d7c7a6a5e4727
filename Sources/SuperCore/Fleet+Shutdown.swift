import SuperBase

/// superd on its way down, or to a new configuration.
struct Ending: Sendable {
    var end: Fleet.End
    /// The group that is being stopped; those behind it in start order have stopped.
    var cursor: Int
    /// When the log says again whom we wait for.
    var reportAt: Instant?
}

/// The end of superd: groups stop one after the other, last to start first; the members of one together.
extension Fleet {
    mutating func begin(_ end: End, _ turn: inout FleetTurn) {
        if let current = ending {
            // A shutdown overrules a restart; anything else has begun already.
            guard end == .shutdown, current.end == .restart else { return }
            ending?.end = .shutdown
            if current.cursor < 0 { turn.effects.append(.ended(.shutdown)) }
            return
        }
        ending = Ending(end: end, cursor: groups.count, reportAt: turn.now)
        for name in names { feed(.daemonStops, to: name, &turn) }
        for index in jobs.indices.reversed() where !jobs[index].pendingGroups.isEmpty {
            jobs[index].results += jobs[index].pendingGroups.sorted().map { CommandResult(.group($0), .shuttingDown) }
            jobs[index].pendingGroups = []
            settleIfDone(index, &turn)
        }
        pendingChanges = [:]
        advanceEnding(&turn)
    }

    /// Goes on to the next group when one has stopped, and tells when all have.
    mutating func advanceEnding(_ turn: inout FleetTurn) {
        guard let ending, ending.cursor >= 0 else { return }
        var cursor = ending.cursor
        while cursor == groups.count || isStopped(groups[cursor]) {
            cursor -= 1
            self.ending?.cursor = cursor
            guard cursor >= 0 else {
                self.ending?.reportAt = nil
                turn.effects.append(.ended(ending.end))
                return
            }
            for name in groups[cursor].members.reversed() { feed(.stop(reports: false), to: name, &turn) }
        }
    }

    /// Says every three seconds whom we wait for.
    mutating func reportEnding(_ turn: inout FleetTurn) {
        guard let reportAt = ending?.reportAt, reportAt <= turn.now else { return }
        let waiting = names.filter { machines[$0].map { !$0.processState.isStopped } ?? false }.map(\.process)
        guard !waiting.isEmpty else { return }
        turn.effects.append(.log(.info, "waiting for \(waiting.joined(separator: ", ")) to die"))
        ending?.reportAt = turn.now + .seconds(3)
    }
}
