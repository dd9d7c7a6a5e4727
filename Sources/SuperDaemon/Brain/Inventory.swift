import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// What the keeper tells a new brain.
struct Inventory {
    struct Child {
        var fact: ChildFact
        var streams: [StandardStream: Descriptor]
    }

    var keeperPid: Int32 = 0
    var brains: UInt32 = 0
    /// The highest generation that a run had. None may have it again: the keeper, which may still know the old run, would take them for
    /// one.
    var lastGeneration: UInt64 = 0
    var records: [String: [UInt8]] = [:]
    var held: [String: Descriptor] = [:]
    /// Processes that live, or whose end has not been dealt with.
    var children: [Child] = []
    /// What is left of processes whose end was dealt with.
    var remains: [Child] = []
    var exits: [ExitFact] = []

    /// Of a keeper that holds nothing.
    init() {}

    /// Hears the keeper out, waiting as long as it takes.
    init(from link: KeeperLink) throws {
        let poller = try Poller()
        try poller.add(link.descriptor, token: 0, .readable)
        while true {
            while let (message, descriptors) = try link.receive() {
                switch message {
                case .welcome(_, let pid, let brains, let generation):
                    (keeperPid, self.brains, lastGeneration) = (pid, brains, generation)
                case .record(let key, let bytes): records[key] = bytes
                case .held(let key): held[key] = descriptors.first
                case .child(let fact):
                    children.append(Child(fact: fact, streams: Self.streams(of: fact, descriptors)))
                case .remains(let fact):
                    remains.append(Child(fact: fact, streams: Self.streams(of: fact, descriptors)))
                case .exited(let fact): exits.append(fact)
                case .inventoryEnd: return
                case .ping(let number): try link.send(.pong(number: number))
                case .spawned, .spawnFailed, .notFollowed, .signalled, .strangerReaped, .say: break
                }
            }
            _ = try poller.wait(until: nil)
        }
    }

    /// The descriptors that came with a message, each by its stream.
    static func streams(of fact: ChildFact, _ descriptors: [Descriptor]) -> [StandardStream: Descriptor] {
        Dictionary(zip(fact.streams, descriptors)) { first, _ in first }
    }
}
