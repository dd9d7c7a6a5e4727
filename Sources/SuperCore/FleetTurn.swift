import SuperBase

/// What is gathered while one event is handled.
struct FleetTurn {
    let now: Instant
    var effects: [Fleet.Effect] = []
    /// Machines that changed and whose consequences are not drawn yet.
    var touched: [Seat] = []
    /// Processes that are to be replaced, and why.
    var recycling: [(seat: Seat, why: String)] = []
    /// `Fleet.unfinished` is another one now.
    var hasUnfinishedChanges = false
    /// Not nil while changes of groups are begun: who is to be started when all of them are in place, since one may depend on another
    /// further on.
    var newcomers: [ProcessName]?

    /// The effects in the order in which they are to be performed: first all that is to be persisted, each record once, and then what is
    /// done. So a brain that ends in the middle leaves a whole turn behind, or nothing of it.
    var ordered: [Fleet.Effect] {
        guard effects.count > 1 else { return effects }
        var persisted: [Fleet.Effect] = []
        var done: [Fleet.Effect] = []
        var seen: Set<Seat> = []
        for effect in effects.reversed() {
            switch effect {
            case .record(let seat): if seen.insert(seat).inserted { persisted.append(effect) }
            case .forget(let seat):
                seen.insert(seat)
                persisted.append(effect)
            case .unfinished: persisted.append(effect)
            case .spawn, .signal, .runHook, .runStopCommand, .probe, .measure, .log, .changed, .groupAdded,
                .groupChanged,
                .groupRemoved, .settled, .endRequested, .ended:
                done.append(effect)
            }
        }
        return persisted.reversed() + done.reversed()
    }
}
