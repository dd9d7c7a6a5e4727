import SuperBase

extension OptionTable {
    /// In which order processes start, how they are replaced and stopped, and what runs beside them.
    static let policies: [OptionRow<ProgramDraft>] = order + replacing + stopping + hooks

    private static let order: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "type", \.process.kind, .choice("type"), example: "oneshot",
            "A `service` runs until it is stopped; a `oneshot` does something and ends.",
            "A oneshot that ends with one of `exitcodes` is COMPLETED."
        ).own,
        OptionRow(
            "depends_on", \.process.dependencies, .dependencies, example: "worker=started",
            "What must have happened before a process is started.",
            "Programs and groups by name, or one process as `group:process`; all processes of a name count. After `=` stands "
                + "what: `started` (it has a process), `ready` (it is RUNNING; the default), `healthy` (its last health check "
                + "was good) or `completed` (a oneshot is COMPLETED)."
        ).perProcess.own.live,
        OptionRow(
            "critical", \.process.isCritical, .boolean, example: "true",
            "When a process has ended for good, superd stops everything and ends with the exit code of that process."
        ).own.live,
    ]

    private static let replacing: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "restart_mode", \.process.rolling.mode, .choice("restart mode"), example: "rolling",
            "How a process is restarted and brought to a new configuration.",
            "`stop-first`: the old one stops, then the new one starts. `rolling`: the new one starts beside the old one, which "
                + "is stopped when the new one is ready. Without it, rolling where the program has a `socket`, otherwise "
                + "stop-first."
        ).own.live,
        OptionRow(
            "roll_batch", \.process.rolling.batch, .integer(1 ... .max), example: "2",
            "How many processes are replaced at a time."
        ).own.live,
        OptionRow(
            "roll_verify", \.process.rolling.verify, .duration, example: "10s",
            "How long a new process must stay ready before the old one is stopped."
        ).own.live,
        OptionRow(
            "restart_limit", \.process.restartLimit, .restartLimit, example: "5/60s",
            "At most so many restarts in so much time; one more makes the process FATAL. Otherwise there is no limit."
        ).own.live,
        OptionRow(
            "fatal_retry", \.process.fatalRetry, .duration, example: "10m",
            "Try a FATAL process again after this long; 0 is never."
        ).own.live,
    ]

    private static let stopping: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "stop_sequence", \.process.stopSequence, .stopSteps, example: "INT 5, TERM 10, KILL",
            "The signals that stop a process, each with the time that it is given before the next.",
            "It wins over `stopsignal` and `stopwaitsecs`, and ends with KILL even where that is not written. Only the last "
                + "step may leave its time out; a signal other than KILL is then given 10 seconds."
        ).own.live,
        OptionRow(
            "stop_command", \.process.stopCommand, .command, example: "/usr/bin/app --stop",
            "A command that is run instead of the first stop signal.",
            commandRules
        ).perProcess.own.live,
    ]

    private static let commandRules =
        "It runs as the program's user, in its directory and environment, with SUPERD_HOOK (the name of this option), SUPERD_PID (of the "
        + "process, while it lives) and SUPERD_EXIT (how the last one ended); no shell runs."

    private static let hooks: [OptionRow<ProgramDraft>] = [
        hook(
            .preStart, example: "/usr/bin/app --migrate",
            "A command that is run before each start; if it fails, so has the start."),
        hook(
            .postStart, example: "/usr/bin/register app", "A command that is run when a process has become RUNNING."),
        hook(
            .preStop, example: "/usr/bin/deregister app",
            "A command that is run before the stop signal is sent, which waits for its end."),
        hook(
            .postStop, example: "/usr/bin/app --clean",
            "A command that is run when a process has ended, for whatever reason."),
        hook(.onFatal, example: "/usr/bin/page app", "A command that is run when a process has become FATAL."),
        OptionRow(
            "hook_timeout", \.process.hooks.timeout, .positiveDuration, example: "2m",
            "A command of `pre_start` and the like that takes longer is killed and has failed."
        ).own.live,
        OptionRow(
            "env_file", \.process.environmentFiles, .environmentFiles, example: "/etc/app.env -/etc/app.local.env",
            "Files of `NAME=VALUE` lines, variables for the processes; they are read at each start.",
            "`environment` wins over them. A file with `-` before it need not exist. A relative path is meant from the directory that superd is started in."
        ).perProcess.own,
    ]

    private static func hook(_ hook: Hook, example: String, _ summary: String) -> OptionRow<ProgramDraft> {
        OptionRow(
            hook.rawValue, \.process.hooks.commands[hook], .command, example: example, summary, commandRules
        ).perProcess.own.live
    }
}
