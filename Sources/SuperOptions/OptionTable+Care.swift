import SuperBase

extension OptionTable {
    /// When a process counts as RUNNING, how it is watched, and when it is replaced although it is well.
    static let care: [OptionRow<ProgramDraft>] = readiness + health + recycling

    private static let readiness: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "ready", \.process.readiness, .readiness, example: "notify",
            "When a started process counts as RUNNING.",
            "`startsecs`: when it has been up for that long. `notify`: when it sends READY=1 to the socket in NOTIFY_SOCKET. "
                + "`fd:3`: when it writes a line to that descriptor. `line:` and a pattern with `*` and `?`: when a line of "
                + "its output contains a match. The others: when a probe succeeds for the first time: a connection, an HTTP "
                + "status from 200 to 399, a command that ends with 0."
        ).perProcess.own,
        OptionRow(
            "ready_timeout", \.process.readyTimeout, .duration, example: "5m",
            "A process that is not ready after this long has failed to start; 0 waits without end.",
            "It means nothing for `ready=startsecs`."
        ).own.live,
    ]

    private static let health: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "health", \.process.health.check, .healthCheck, example: "http://127.0.0.1:9000/health",
            "How a RUNNING process is watched; otherwise only for its end.",
            "`heartbeat`: it sends WATCHDOG=1 to the socket in NOTIFY_SOCKET at least once in each `health_interval`, which it "
                + "finds in WATCHDOG_USEC. The others are probes as for `ready`. A change from or to `heartbeat` takes a restart."
        ).perProcess.own.live(where: { $0.process.health.heartbeatInterval == $1.process.health.heartbeatInterval }),
        OptionRow(
            "health_interval", \.process.health.interval, .positiveDuration, example: "5s",
            "The time from the end of one check to the next, or the longest time between two heartbeats.",
            "A change of the latter takes a restart."
        ).own.live(where: { $0.process.health.heartbeatInterval == $1.process.health.heartbeatInterval }),
        OptionRow(
            "health_timeout", \.process.health.timeout, .positiveDuration, example: "1s",
            "A check that takes longer has failed."
        ).own.live,
        OptionRow(
            "health_failures", \.process.health.failures, .integer(1 ... .max), example: "5",
            "How many failures in a row make a process unhealthy."
        ).own.live,
        OptionRow(
            "health_successes", \.process.health.successes, .integer(1 ... .max), example: "2",
            "How many successes in a row make it healthy again."
        ).own.live,
        OptionRow(
            "health_grace", \.process.health.grace, .duration, example: "30s",
            "How long after a process became RUNNING failures do not count."
        ).own.live,
        OptionRow(
            "health_action", \.process.health.action, .choice("action"), example: "report",
            "What becomes of an unhealthy process: `restart` replaces it, `report` only shows it."
        ).own.live,
        OptionRow(
            "dump_signal", \.process.health.dumpSignal, .signal, example: "QUIT",
            "A signal that an unhealthy process is sent before it is stopped, so that it can say what it hangs in."
        ).own.live,
        OptionRow(
            "dump_wait", \.process.health.dumpWait, .duration, example: "5s",
            "The time that it is given after `dump_signal`."
        ).own.live,
    ]

    private static let recycling: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "max_memory", \.process.recycling.maxMemory, .limit, example: "512MB",
            "Replace a process when it and all its descendants use more memory than this; 0 is no limit.",
            "Memory that several share counts in parts."
        ).own.live,
        OptionRow(
            "max_lifetime", \.process.recycling.maxLifetime, .duration, example: "12h",
            "Replace a process when it has run for this long; 0 is no limit."
        ).own.live,
        OptionRow(
            "recycle_jitter", \.process.recycling.jitter, .integer(0...100), example: "25",
            "The percentage by which both limits are lowered by chance for each run, so that not all are replaced at once."
        ).own.live,
    ]
}
