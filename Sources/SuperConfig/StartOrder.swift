import SuperBase

/// Who waits for whom: the processes of a configuration and the names that their `depends_on` gives.
///
/// The nodes of the graph are processes and names. A process leads to the names that it depends on, and a name to the processes
/// that it stands for, so that the graph is no larger than what is written in the files.
struct StartOrder {
    let processes: [ProcessConfig]
    /// The places of the processes of each group or program, by its name, and of each process by `group:process`.
    private var places: [String: [Int]] = [:]

    init(of groups: [GroupConfig]) {
        processes = groups.flatMap(\.processes)
        for (place, process) in processes.enumerated() {
            places[process.name.group, default: []].append(place)
            if process.program != process.name.group { places[process.program, default: []].append(place) }
            places["\(process.name.group):\(process.name.process)"] = [place]
        }
    }

    /// All that a dependency can name, but for groups and programs without processes.
    var names: [String] { Array(places.keys) }

    /// The processes that a name stands for.
    func members(of name: String) -> [ProcessConfig] { (places[name] ?? []).map { processes[$0] } }

    /// A way from one process over names and processes back to it.
    struct Cycle {
        /// The first process of the cycle.
        var start: ProcessConfig
        /// `app → db → app`; a group is named where the next process is in it.
        var text: String
    }

    /// Processes that wait for each other, one cycle of each set of them that is found from one process.
    func cycles() -> [Cycle] {
        var cycles: [Cycle] = []
        var search = Search(order: self)
        for place in processes.indices {
            if let way = search.cycle(from: place) { cycles.append(cycle(way)) }
        }
        return cycles
    }

    private func cycle(_ way: [Node]) -> Cycle {
        let members = way.compactMap { node -> ProcessConfig? in
            if case .process(let place) = node { return processes[place] }
            return nil
        }
        // Programs where that tells them apart, otherwise processes.
        let namesOneProcess = way.contains { node in
            if case .name(let name) = node { return name.utf8.contains(UInt8(ascii: ":")) }
            return false
        }
        let namesPrograms = !namesOneProcess && Set(members.map(\.program)).count == members.count
        func label(_ process: ProcessConfig) -> String { namesPrograms ? process.program : process.name.description }
        var words: [String] = []
        for (index, node) in way.enumerated() {
            switch node {
            case .process(let place): words.append(label(processes[place]))
            case .name(let name):
                guard case .process(let place) = way[(index + 1) % way.count] else { continue }
                let next = processes[place]
                if ![next.program, next.name.description].contains(name), !name.utf8.contains(UInt8(ascii: ":")) {
                    words.append(name)
                }
            }
        }
        return Cycle(start: members[0], text: (words + words.prefix(1)).joined(separator: " → "))
    }

    private enum Node: Hashable {
        case process(Int)
        case name(String)
    }

    /// A search in depth that comes to each node once.
    private struct Search {
        let order: StartOrder
        var seen: Set<Node> = []

        /// The nodes of a cycle, beginning with a process; nil where none is found that was not searched before.
        mutating func cycle(from place: Int) -> [Node]? {
            guard seen.insert(.process(place)).inserted else { return nil }
            var way = [(node: Node.process(place), rest: order.successors(of: .process(place))[...])]
            var onWay: Set<Node> = [.process(place)]
            while let last = way.indices.last {
                guard let next = way[last].rest.popFirst() else {
                    onWay.remove(way.removeLast().node)
                    continue
                }
                if onWay.contains(next) {
                    let nodes = way.map(\.node)
                    let cycle = Array(nodes[(nodes.firstIndex(of: next) ?? 0)...])
                    // A cycle that comes back to a name is told from the process after it.
                    guard case .name = next else { return cycle }
                    return Array(cycle.dropFirst()) + [next]
                }
                guard seen.insert(next).inserted else { continue }
                onWay.insert(next)
                way.append((next, order.successors(of: next)[...]))
            }
            return nil
        }
    }

    private func successors(of node: Node) -> [Node] {
        switch node {
        case .process(let place): processes[place].dependencies.map { .name($0.name) }
        case .name(let name): (places[name] ?? []).map { .process($0) }
        }
    }
}
