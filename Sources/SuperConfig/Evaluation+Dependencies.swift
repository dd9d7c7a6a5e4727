import SuperBase
import SuperOptions

extension Evaluation {
    /// Whether all that programs depend on is there and can come to be, and nobody waits for himself.
    mutating func checkDependencies(_ groups: [GroupConfig]) {
        // Of a program with an error there may be no processes.
        let isWhole = !problems.hasErrors
        let order = StartOrder(of: groups)
        let sections = document.sections.filter { $0.isProgram || $0.name.hasPrefix("group:") }.compactMap(\.suffix)
        let known = Set(order.names).union(sections)
        var checked: Set<Checked> = []
        for group in groups {
            for process in group.processes where !process.dependencies.isEmpty {
                // The processes of a program depend on the same, as a rule.
                let wanted = Checked(program: process.program, dependencies: process.dependencies)
                guard checked.insert(wanted).inserted, let section = section(of: process.program, in: group) else {
                    continue
                }
                for dependency in process.dependencies {
                    check(dependency, of: section, order, known: known, isWhole: isWhole)
                }
            }
        }
        guard isWhole else { return }
        for cycle in order.cycles() {
            let group = groups.first { $0.name == cycle.start.name.group }
            guard let group, let section = section(of: cycle.start.program, in: group) else { continue }
            report(
                section, "depends_on", kind: "depends_on.cycle", "they wait for each other: \(cycle.text)",
                details: [.init("cycle", .text(cycle.text))])
        }
    }

    /// What was checked already.
    private struct Checked: Hashable {
        var program: String
        var dependencies: [Dependency]
    }

    private mutating func check(
        _ dependency: Dependency, of section: RawSection, _ order: StartOrder, known: Set<String>, isWhole: Bool
    ) {
        let name = dependency.name
        guard known.contains(name) else {
            guard isWhole || !name.contains(":") else { return }
            let what = name.contains(":") ? "process" : "program or group"
            report(
                section, "depends_on", kind: "depends_on.unknown", "there is no \(what) '\(name)'",
                hint: nearMiss(of: name, among: known.sorted()).map { "did you mean \($0)?" },
                details: [.init("name", .text(name))])
            return
        }
        switch dependency.condition {
        case .started, .ready: break
        case .completed:
            guard let other = order.members(of: name).first(where: { $0.kind != .oneshot }) else { return }
            report(
                section, "depends_on", kind: "depends_on.never_completed",
                "\(other.name) never is COMPLETED: its program is no oneshot",
                hint: "write type=oneshot in its section, or \(name)=ready here")
        case .healthy:
            guard let other = order.members(of: name).first(where: { $0.health.check == nil }) else { return }
            report(
                section, "depends_on", kind: "depends_on.never_healthy",
                "\(other.name) never is known to be healthy: its program has no health=",
                hint: "write health= in its section, or \(name)=ready here")
        }
    }
}
