import SuperBase
import SuperConfig
import SuperCore
import SuperKeeper
import SuperOS
import SuperOptions

/// Changes of the configuration while programs run. The files are read and found good before anything is touched.
extension Brain {
    /// Brings everything that follows from `[supervisord]` in line with the configuration in force.
    func followConfiguration() {
        let daemon = configuration.daemon
        log.level = daemon.logLevel
        let isSyslog = daemon.logFile == "syslog"
        let plan = LogFilePlan(path: daemon.logFile, maxBytes: daemon.logFileMaxBytes, backups: daemon.logFileBackups)
        let echo = arguments.isForeground && !daemon.silent && !["/dev/stdout", "/dev/stderr"].contains(daemon.logFile)
        pump.order(.mainLog(isSyslog ? nil : plan, syslog: isSyslog, echo: echo))
        specs.serverURL = daemon.serverURL
        specs.pidFile = arguments.pidFile ?? daemon.pidFile
        let isDebug = daemon.logLevel <= .debug
        fleet.exitWhen = daemon.exitWhen
        specs.usesOutput = { process, stream in
            if case .line = process.readiness { return true }
            return isDebug || stream.logFile != .none || stream.syslog || stream.eventsEnabled
                || stream.captureMaxBytes.bytes > 0
        }
        autoLogs.directory = daemon.childLogDirectory
        autoLogs.identifier = daemon.identifier
    }

    /// The files on disk. Nothing that runs is touched.
    func loadFiles() throws(LoadedConfiguration.Invalid) -> LoadedConfiguration {
        try LoadedConfiguration.load(arguments, scales: snapshots.scales)
    }

    /// What runs, as a configuration, to compare with another one.
    var runningConfiguration: Configuration {
        var running = configuration
        running.groups = fleet.runningGroups
        return running
    }

    /// Takes in a configuration that was read, so that groups can come from it.
    func adopt(_ loaded: LoadedConfiguration) throws {
        for line in loaded.logLines { log.write(line.level, line.text) }
        let memory = try loaded.snapshot.store()
        let number = snapshots.add(loaded)
        tell(.hold(key: HeldKey.snapshot(number)), [memory])
    }

    /// Forgets configurations that nothing runs from any more.
    func dropUnusedSnapshots() {
        for number in snapshots.dropUnused(besides: fleet.origins) { tell(.release(key: HeldKey.snapshot(number))) }
    }

    // MARK: - A restart of everything: SIGHUP, `superctl reload`

    /// Stops everything and starts it again from the files on disk; files with errors change nothing.
    func restart() {
        do {
            restart(with: try loadFiles())
        } catch {
            log.write(.critical, "the configuration has errors; everything goes on as it was")
            for diagnostic in error.diagnostics { log.write(.critical, diagnostic.description) }
        }
    }

    /// Stops everything and starts it again from files that were read and found good. A restart that has begun takes them too.
    func restart(with loaded: LoadedConfiguration) {
        guard state != .shutdown else { return }
        if state == .running, hasRollingProcesses { return restartOneByOne(with: loaded) }
        nextConfiguration = loaded
        guard state == .running else { return }
        state = .restarting
        record(phase: .restarting)
        handle(.end(.restart))
    }

    /// Everything has stopped for a restart: takes the new configuration and starts.
    func beginAgain() {
        do {
            // A brain that took over in the middle has not read it yet.
            if let next = try nextConfiguration ?? loadFiles() as LoadedConfiguration? { try follow(next) }
        } catch {
            log.write(.critical, "the new configuration cannot be used, the old one goes on: \(error)")
        }
        nextConfiguration = nil
        state = .running
        beginsAgain = true
        if !configuration.daemon.noCleanup {
            for problem in autoLogs.cleanUp() { log.write(.warn, problem) }
        }
        handle(.configured(configuration.groups, origin: snapshots.current))
        // When the groups are in place.
        afterTurn.append { [unowned self] in
            beginsAgain = false
            if state == .running { record(phase: .running) }
            dropUnusedSnapshots()
        }
    }

    func follow(_ next: LoadedConfiguration) throws {
        let old = configuration
        try adopt(next)
        snapshots.followCurrent()
        configuration = next.configuration
        // These belong to the process from its start, and change with the next one only.
        configuration.daemon.pidFile = old.daemon.pidFile
        configuration.daemon.user = old.daemon.user
        followConfiguration()
        followServers(from: old.servers)
    }
}
