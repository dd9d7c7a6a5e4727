import SuperAPI
import SuperBase
import SuperConfig
import SuperCore
import SuperOS
import SuperOptions

/// Pools of workers: replacing them one by one, and having more or fewer of them.
extension Brain {
    func roll(_ call: RollProcesses, _ reply: @escaping Reply) {
        let selection = select(call.select)
        let options = RollOptions(batch: call.batch, verify: call.verify.map { .seconds($0) })
        submit(
            .roll(selection.names, options), .roll, wait: call.wait, timeout: call.timeout,
            known: selection.unknown.map { ActionResult($0, .roll) }, inOrder(of: selection.names, reply))
    }

    /// Has more or fewer processes of a program: the configuration that runs, with another number.
    func scale(_ call: ScaleProgram, _ reply: @escaping Reply) throws(Problem) {
        let groups = fleet.runningGroups.filter { $0.programs.contains(call.program) }
        guard !groups.isEmpty else { return reply([ActionResult(call.program, .scale, .noSuchProgram)]) }
        // What its processes run from, which is not what the group was to become where an update of it has failed.
        let running = groups[0].processes.first { $0.program == call.program }.flatMap { fleet[$0.name]?.origin }
        let loaded = try scaled(call.program, to: call.count, from: running ?? snapshots.number(of: groups[0].name))
        let count = Self.count(of: call.program, in: loaded.configuration.groups)
        let names = Set(groups.map(\.name))
        let changes = loaded.configuration.groups.filter { names.contains($0.name) }.map(GroupChange.replace)
        do {
            try adopt(loaded)
        } catch {
            throw Problem(.internalError, "\(error)")
        }
        submit(
            .update(changes, origin: snapshots.current), .scale, wait: call.wait, timeout: call.timeout, known: []
        ) { [unowned self] results in
            tidyUp()
            let failures = results.filter(\.isFailure)
            reply(failures + (failures.isEmpty ? [ActionResult(scaled: call.program, to: count)] : []))
        }
    }

    private func scaled(_ program: String, to count: Int?, from number: UInt64) throws(Problem) -> LoadedConfiguration {
        do {
            return try snapshots.scaled(program, to: count, from: number, arguments)
        } catch {
            var problem = Problem(.badConfiguration, error.diagnostics.first?.description ?? "it cannot be scaled")
            problem.diagnostics = error.diagnostics.map(DiagnosticInfo.init)
            throw problem
        }
    }

    private static func count(of program: String, in groups: [GroupConfig]) -> Int {
        groups.lazy.filter { $0.programs.contains(program) }.map { group in
            group.processes.count { $0.program == program }
        }.max() ?? 0
    }

    /// SIGTTIN and SIGTTOU: one process more or less of the pool.
    func changePool(by step: Int) {
        guard let program = configuration.daemon.pool ?? onlyPool else {
            return log.write(.warn, "there is no pool to scale: set pool= in [supervisord]")
        }
        let count = max(1, Self.count(of: program, in: fleet.runningGroups) + step)
        do {
            try scale(ScaleProgram(program: program, count: count)) { [unowned self] results in
                for result in results { log.write(result.isFailure ? .warn : .info, result.sentence) }
            }
        } catch {
            log.write(.critical, "\(program) cannot be scaled: \(error)")
        }
    }

    /// The program that has sockets, if there is one alone.
    private var onlyPool: String? {
        let programs = Set(fleet.machines.values.lazy.filter { !$0.config.sockets.isEmpty }.map(\.config.program))
        return programs.count == 1 ? programs.first : nil
    }

    // MARK: - A restart of everything, with programs that are not to be down

    /// Whether a restart must not stop everything first.
    var hasRollingProcesses: Bool {
        fleet.machines.values.contains { $0.config.restartMode == .rolling && $0.processState == .running }
    }

    /// Goes over to another configuration and restarts every process: those that are rolling one by one, the others each by itself.
    func restartOneByOne(with loaded: LoadedConfiguration) {
        let difference = ConfigurationDifference(from: runningConfiguration, to: loaded.configuration)
        func config(_ name: String) -> GroupConfig? { loaded.configuration.groups.first { $0.name == name } }
        let changes =
            difference.removed.sorted().map(GroupChange.remove)
            + difference.changed.compactMap { config($0.name) }.map(GroupChange.replace)
            + difference.added.sorted().compactMap(config).map(GroupChange.add)
        let new = Dictionary(loaded.configuration.groups.flatMap(\.processes).map { ($0.name, $0) }) { first, _ in first
        }
        // The others are restarted, or started, by the changes.
        let same = fleet.names.filter { name in
            guard let machine = fleet[name], let config = new[name], machine.config.runsLike(config) else {
                return false
            }
            return !machine.processState.isStopped || config.autoStart && !config.startsOnDemand
        }
        do {
            try follow(loaded)
        } catch {
            return log.write(.critical, "the new configuration cannot be used, the old one goes on: \(error)")
        }
        record(phase: .running)
        submit(.update(changes, origin: snapshots.current), .update, wait: true, timeout: nil, known: []) {
            [unowned self] in logTroubles($0)
        }
        submit(.restart(same), .start, wait: true, timeout: nil, known: []) { [unowned self] results in
            logTroubles(results)
            tidyUp()
        }
    }

    private func logTroubles(_ results: [ActionResult]) {
        for result in results where result.isFailure { log.write(.critical, result.sentence) }
    }
}
