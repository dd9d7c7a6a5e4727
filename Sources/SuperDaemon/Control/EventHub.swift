import SuperAPI
import SuperBase
import SuperCore
import SuperOS

/// Tells changes of state to whoever follows them, and remembers the last ones for readers that resume.
struct EventHub {
    private struct Follower {
        let selectors: [Selector]
        let ticket: Ticket
        /// Its stream has begun; what happened before was sent.
        var isLive = false
    }

    private struct Entry {
        let id: UInt64
        let name: ProcessName?
        let event: StateEvent
    }

    private var followers: [Follower] = []
    private var recent: [Entry] = []
    private var lastID: UInt64

    /// How many events a reader that comes back can catch up on.
    private static let memory = 1000

    /// Ids grow over brains too, because they begin with the time at which this one began.
    init(startedAt: WallTime) {
        lastID = UInt64(max(0, startedAt.seconds)) * 1_000_000
    }

    /// Takes in a reader, who is sent nothing before `begin`. Answers the event behind which he begins.
    mutating func follow(_ call: FollowEvents, _ ticket: Ticket) -> UInt64 {
        let follower = Follower(selectors: call.select.map(Selector.init), ticket: ticket)
        followers.append(follower)
        return call.after.flatMap { UInt64($0) } ?? lastID
    }

    /// The stream has begun: sends what has happened since `after`, and then everything as it happens.
    mutating func begin(_ ticket: Ticket, _ after: UInt64, through control: ControlServer) {
        guard let index = followers.firstIndex(where: { $0.ticket == ticket }) else { return }
        followers[index].isLive = true
        for entry in recent where entry.id > after { Self.send(entry, to: followers[index], control) }
    }

    /// Who follows.
    var readers: [Ticket] { followers.map(\.ticket) }

    mutating func forget(_ ticket: Ticket) {
        followers.removeAll { $0.ticket == ticket }
    }

    mutating func publish(_ event: StateEvent, of name: ProcessName?, through control: ControlServer) {
        lastID += 1
        let entry = Entry(id: lastID, name: name, event: event)
        recent.append(entry)
        if recent.count > Self.memory { recent.removeFirst(recent.count - Self.memory) }
        for follower in followers where follower.isLive { Self.send(entry, to: follower, control) }
    }

    private static func send(_ entry: Entry, to follower: Follower, _ control: ControlServer) {
        let isWanted =
            follower.selectors.isEmpty
            || entry.name.map { name in follower.selectors.contains { $0.matches(name) } }
                ?? follower.selectors.contains { ["all", "*"].contains($0.text) }
        guard isWanted, let event = try? FollowEvents([]).event(id: String(entry.id), "state", entry.event) else {
            return
        }
        control.send(event, to: follower.ticket)
    }
}
