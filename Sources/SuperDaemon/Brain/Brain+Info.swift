import SuperAPI
import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// What operators are told of processes, groups and superd. Moments of the monotonic clock become those of the wall clock here.
extension Brain {
    /// What the clocks say at one moment, so that all of an answer agrees.
    struct Now {
        let instant = Clock.now()
        let wall = Clock.wallTime()

        /// Seconds since 1970 of a moment.
        func seconds(_ moment: Instant) -> Int {
            let nanoseconds = (moment - instant).wholeNanoseconds + Int64(wall.nanoseconds)
            return Int(wall.seconds + (nanoseconds >= 0 ? nanoseconds : nanoseconds - 999_999_999) / 1_000_000_000)
        }
    }

    func info(_ name: ProcessName, _ now: Now) -> ProcessInfo? {
        guard let machine = fleet[name] else { return nil }
        var info = ProcessInfo(name, machine.processState, now: Int(now.wall.seconds))
        if let run = machine.run {
            info.pid = Int(run.pid)
            info.uptime = Int((now.instant - run.startedAt).components.seconds)
        }
        info.startedAt = machine.startedAt.map(now.seconds)
        info.stoppedAt = machine.endedAt.map(now.seconds)
        info.exitStatus = machine.lastExit.map { Int($0.code) }
        info.lastExit = machine.lastExit?.description
        info.spawnError = machine.spawnError.isEmpty ? nil : machine.spawnError
        info.stdoutLog = logPath(name, .stdout)
        info.stderrLog = logPath(name, .stderr)
        info.restarts = Int(max(machine.starts, 1)) - 1
        info.lostLogBytes = [info.stdoutLog, info.stderrLog].compactMap { $0 }.reduce(0) {
            $0 + Int(pump.lostBytes(path: $1))
        }
        info.acceptsInput = machine.run.map { inputs[$0.generation] != nil } ?? false
        info.configGeneration = Int(machine.origin)
        describeWork(of: machine, now, &info)
        let ended = info.stoppedAt.map { WallTime(seconds: Int64($0)) }
        info.describe(utcOffset: (ended ?? now.wall).local.offset)
        return info
    }

    /// What superd knows beyond what Supervisor would.
    private func describeWork(of machine: ProcessMachine, _ now: Now, _ info: inout ProcessInfo) {
        let config = machine.config
        info.program = config.program
        info.statusText = machine.statusText.isEmpty ? nil : machine.statusText
        info.waitingFor = machine.processState == .waiting ? machine.waitingFor : nil
        let isWatched = config.readiness != .uptime || config.health.check != nil
        if let watch = machine.watch {
            var isUnhealthy = false
            switch watch.verdict {
            case .failing(let why): info.health = why
            case .unhealthy(let why):
                info.health = why
                isUnhealthy = true
            case .unknown, .healthy: break
            }
            let isStarting = machine.processState == .starting
            if isWatched { info.readiness = isStarting ? .starting : isUnhealthy ? .degraded : .ready }
        }
        info.rolling =
            switch fleet.rollStage(of: machine.name) {
            case .queued: .queued
            case .replacing: .replacing
            case .draining: .draining
            case .restoring: .restoring
            case nil: nil
            }
        let others = fleet.others(of: machine.name).map { seat, other in
            OtherProcess(
                pid: other.run.map { Int($0.pid) }, role: seat.role == .successor ? .new : .old,
                state: other.processState,
                uptime: other.run.map { Int((now.instant - $0.startedAt).components.seconds) })
        }
        info.others = others.isEmpty ? nil : others
    }

    func info(_ group: Fleet.Group, _ now: Now) -> GroupInfo {
        GroupInfo(
            name: group.config.name, priority: group.config.priority,
            processes: group.members.compactMap { info($0, now) })
    }

    var daemonInfo: DaemonInfo {
        let now = Now()
        let beginning = superdStartedAt
        return DaemonInfo(
            version: Version.current, identifier: configuration.daemon.identifier, pid: Int(keeperPid),
            brainPID: Int(CurrentProcess.pid), state: state, startedAt: now.seconds(beginning),
            uptime: Int((now.instant - beginning).components.seconds), brainRestarts: Int(predecessors),
            configGeneration: Int(snapshots.current), lostLogBytes: Int(pump.lostBytes),
            warnings: controlWarnings)
    }

    /// Whether everything that starts by itself is up.
    var readiness: SuperAPI.Readiness {
        let waiting = fleet.machines.values.filter { machine in
            machine.config.autoStart && !machine.config.startsOnDemand
                && ![.running, .exited, .completed].contains(machine.processState)
        }
        return SuperAPI.Readiness(isReady: state == .running && waiting.isEmpty, waiting: waiting.count)
    }

    /// By group and name, or in the order of the words.
    func processList(_ words: [String]) -> ProcessList {
        let now = Now()
        let selection = select(words)
        let names = words.isEmpty ? fleet.names.sorted() : selection.names
        return ProcessList(
            names.compactMap { info($0, now) }, unknown: selection.unknown.map { ActionResult($0, .start) })
    }

    func select(_ words: [String]) -> Selection {
        Selection(words, from: fleet.names.sorted(), groups: fleet.groups.map(\.config.name))
    }
}
