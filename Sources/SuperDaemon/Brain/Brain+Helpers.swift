import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// A command that runs beside a process: of a hook, of `stop_command`, or of a probe.
struct Helper {
    enum Purpose {
        case hook(Hook)
        case stopCommand
        /// Of the probe of this number; the closure is told how it ended.
        case probe(UInt64, (String?) -> Void)
    }

    var name: ProcessName
    var purpose: Purpose
    /// The run of the process that it is about; 0 where there is none.
    var run: UInt64
    /// When it is killed.
    var due: Instant?
    var isLate = false

    func isProbe(of id: UInt64) -> Bool {
        if case .probe(id, _) = purpose { true } else { false }
    }

    /// What the log calls it.
    var title: String {
        switch purpose {
        case .hook(let hook): hook.rawValue
        case .stopCommand: "stop_command"
        case .probe: "exec check"
        }
    }
}

/// Commands beside processes. The keeper starts them like any process; they have generations of their own and no records: a brain that takes
/// over ends what it finds of them and begins anew.
extension Brain {
    func runHook(_ hook: Hook, _ seat: Seat, _ generation: UInt64) {
        guard let config = fleet[seat]?.config, let command = config.hooks.commands[hook] else { return }
        runHelper(command, of: config, .hook(hook), for: generation)
    }

    func runStopCommand(_ seat: Seat, _ generation: UInt64) {
        guard let config = fleet[seat]?.config, let command = config.stopCommand else { return }
        runHelper(command, of: config, .stopCommand, for: generation)
    }

    func runHelper(_ command: String, of config: ProcessConfig, _ purpose: Helper.Purpose, for run: UInt64) {
        var helper = Helper(name: config.name, purpose: purpose, run: run)
        if case .probe = purpose {} else { helper.due = Clock.now() + config.hooks.timeout }
        let generation = fleet.nextGeneration()
        do {
            let spec = try specs.spec(
                forHelper: command, of: config, variables: variables(of: helper, config),
                output: specs.usesOutput(config, config.stdout) ? .pipe : .null)
            helpers[generation] = helper
            tell(.spawn(generation: generation, spec))
        } catch {
            ended(helper, because: error.description)
        }
    }

    /// What the command is told of its occasion.
    private func variables(of helper: Helper, _ config: ProcessConfig) -> [EnvironmentVariable] {
        var variables = [EnvironmentVariable("SUPERD_HOOK", helper.title)]
        let machine = fleet[fleet.seat(of: helper.run, helper.name)]
        if let pid = machine?.run?.pid { variables.append(EnvironmentVariable("SUPERD_PID", "\(pid)")) }
        if let exit = machine?.lastExit { variables.append(EnvironmentVariable("SUPERD_EXIT", exit.description)) }
        return variables
    }

    /// Kills a command whose time is over, or that nobody waits for any more.
    func end(_ helper: Helper, _ generation: UInt64) {
        helpers[generation]?.due = nil
        helpers[generation]?.isLate = true
        tell(.signal(generation: generation, .kill, toGroup: true))
    }

    var helpersDue: Instant? { helpers.isEmpty ? nil : helpers.values.compactMap(\.due).min() }

    func endLateHelpers(_ now: Instant) {
        for (generation, helper) in helpers where helper.due.map({ $0 <= now }) ?? false { end(helper, generation) }
    }

    /// What the keeper said of a command; false where it was about a process.
    func helperSpawned(_ fact: ChildFact, _ streams: [StandardStream: Descriptor]) -> Bool {
        guard helpers[fact.generation] != nil else { return false }
        openStreams(of: fact, streams)
        return true
    }

    func helperFailed(_ generation: UInt64, _ stage: UInt8, _ errno: Errno) -> Bool {
        guard let helper = helpers.removeValue(forKey: generation) else { return false }
        let stage = SpawnError.Stage(rawValue: stage).map { "\($0): " } ?? ""
        ended(helper, because: "\(stage)\(errno)")
        return true
    }

    func helperExited(_ fact: ExitFact) -> Bool {
        guard let helper = helpers.removeValue(forKey: fact.generation) else { return false }
        ended(
            helper,
            because: helper.isLate ? "it took too long" : fact.status == .exited(code: 0) ? nil : "\(fact.status)")
        return true
    }

    private func ended(_ helper: Helper, because failure: String?) {
        switch helper.purpose {
        case .probe(_, let ended): return ended(failure)
        case .hook(let hook) where [.preStart, .preStop].contains(hook):
            handle(.hookEnded(helper.name, hook, generation: helper.run, failure: failure))
        case .hook, .stopCommand: break
        }
        if let failure { log.write(.warn, "\(helper.title) of \(helper.name): \(failure)") }
    }
}
