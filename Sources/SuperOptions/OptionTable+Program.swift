import SuperBase

extension OptionTable {
    /// `[program:x]`, beside its sockets; also part of `[fcgi-program:x]` and `[eventlistener:x]`.
    public static let program: [OptionRow<ProgramDraft>] = once + environment + forEachProcess + care + policies

    /// Read once for the section.
    private static let once: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "priority", \.process.priority, .integer(), example: "10",
            "Lower numbers start first and stop last."
        ).live,
        OptionRow(
            "autostart", \.process.autoStart, .boolean, example: "false",
            "Start the program when superd starts and when it is added."
        ).live,
        OptionRow(
            "autorestart", \.process.autoRestart, .autoRestart, example: "true",
            "Start a process again when it has ended by itself.",
            "`unexpected` does so unless its exit code is one of `exitcodes`."
        ).live,
        OptionRow(
            "startsecs", \.process.startSeconds, .integer(), example: "5",
            "Seconds that a process must stay up to count as started; 0 counts it at once."
        ).live,
        OptionRow(
            "startretries", \.process.startRetries, .integer(), example: "10",
            "Tries after the first failed start, each a second later than the one before; then the process is FATAL."
        ).live,
        OptionRow(
            "stopsignal", \.process.stopSignal, .signal, example: "INT",
            "The signal that asks a process to end."
        ).live,
        OptionRow(
            "stopwaitsecs", \.process.stopWaitSeconds, .integer(), example: "30",
            "Seconds between the stop signal and SIGKILL."
        ).live,
        OptionRow(
            "stopasgroup", \.process.stopAsGroup, .boolean, example: "true",
            "Send the stop signal to the whole process group, for programs that start others.",
            "It also turns on `killasgroup`."
        ).live,
        OptionRow(
            "killasgroup", \.process.killAsGroup, .boolean, example: "true",
            "Send SIGKILL to the whole process group.",
            "Without it, the same as `stopasgroup`; it cannot be false when that is true."
        ).live,
        OptionRow(
            "exitcodes", \.process.exitCodes, .exitCodes, example: "0,2",
            "The exit codes that are expected, for `autorestart=unexpected`."
        ).live,
        OptionRow(
            "redirect_stderr", \.process.redirectStderr, .boolean, example: "true",
            "Send standard error where standard output goes; `stderr_logfile` is then ignored.",
            "An event listener cannot have it."),
        OptionRow(
            "numprocs", \.numProcs, .processCount, example: "4",
            "How many processes of the program there are; `auto` is one for each processor that superd may use.",
            "With more than one, or `auto`, `process_name` must contain `%(process_num)`."
        ).live,
        OptionRow(
            "numprocs_start", \.numProcsStart, .integer(-1_000_000_000...1_000_000_000), example: "8000",
            "The first `process_num`."
        ).live,
        OptionRow(
            "stdout_capture_maxbytes", \.process.stdout.captureMaxBytes, .size, example: "64KB",
            "Above 0, text between Supervisor's capture tags on standard output becomes an event instead of a log line."
        ),
        OptionRow(
            "stdout_events_enabled", \.process.stdout.eventsEnabled, .boolean, example: "true",
            "Send PROCESS_LOG_STDOUT events."),
        OptionRow(
            "stderr_capture_maxbytes", \.process.stderr.captureMaxBytes, .size, example: "64KB",
            "As `stdout_capture_maxbytes`, for standard error."),
        OptionRow(
            "stderr_events_enabled", \.process.stderr.eventsEnabled, .boolean, example: "true",
            "Send PROCESS_LOG_STDERR events."),
        OptionRow(
            "serverurl", \.process.serverURL, serverURLOrAuto, example: "unix:///run/superd.sock",
            "What the children find in SUPERVISOR_SERVER_URL.",
            "`AUTO` is the first `[unix_http_server]`, else the last `[inet_http_server]`."),
        OptionRow(
            "user", \.process.user, .user, example: "daemon",
            "The user that the processes run as; superd must be root."),
        OptionRow(
            "umask", \.process.umask, .octal, example: "027",
            "The file mode bits that the processes take away from new files; otherwise superd's."),
        OptionRow(
            "restart_delay", \.process.restartDelay, .duration, example: "500ms",
            "The least time between the end of a process that was RUNNING and its restart.",
            "0 restarts at once, as Supervisor does."
        ).own.live,
        OptionRow(
            "restart_delay_max", \.process.restartDelayMax, .duration, example: "1m",
            "Above `restart_delay`: the delay doubles with every short run, up to this.",
            "A run is short that ended before `startsecs` plus 10 seconds."
        ).own.live,
        OptionRow(
            "restart_jitter", \.process.restartJitter, .integer(0...100), example: "20",
            "The percentage of each restart delay that is drawn by chance, so that many do not start at one moment."
        ).own.live,
    ]

    private static let serverURLOrAuto: OptionType<String?> = {
        var type = OptionType<String>.text("URL", expected: "a URL or AUTO").optional
        type.parse = { (text, _) throws(ValueError) in trimmed(text).uppercased() == "AUTO" ? nil : text }
        let read = type.read
        type.read = { (given, context) throws(ValueError) in
            guard let text = try read(given, context) else { return nil }
            return trimmed(text).uppercased() == "AUTO" ? nil : text
        }
        return type
    }()

    /// Read for each process, before the rest: they see its variables.
    private static let environment: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "environment", \.process.environment, .environment, example: "PORT=\"8000\",DEBUG=\"1\"",
            "Variables for the processes, beside those of `[supervisord]`, over which they win.",
            "Values with other characters than letters, digits and `_/.+-():` must be in quotes; there are no escapes."
        ).perProcess
    ]

    private static let forEachProcess: [OptionRow<ProgramDraft>] =
        [
            OptionRow(
                "directory", \.process.directory, .text("directory", expected: "a path"), example: "/srv/app",
                "The directory that the processes start in.",
                "It is not looked at before the start; `~` is not expanded."
            ).perProcess
        ] + streamRows("stdout", "standard output", \.process.stdout)
        + streamRows("stderr", "standard error", \.process.stderr) + [
            OptionRow(
                "command", \.process.command, .text("command", expected: "a command"),
                example: "/usr/bin/app --port 80",
                "The program and its arguments, split into words by shell rules; no shell runs.",
                "A name without `/` is looked for along PATH. Over several lines, each further line is "
                    + "indented."
            ).perProcess.required,
            OptionRow(
                "process_name", \.processName, .text("name", expected: "a name"),
                example: "%(program_name)s_%(process_num)02d",
                "The name of each process within its group.",
                "A name has no blank, `:` or `/`."
            ).perProcess,
        ]

    private static func streamRows(
        _ prefix: String, _ stream: String, _ part: Place<ProgramDraft, StreamConfig>
    ) -> [OptionRow<ProgramDraft>] {
        [
            OptionRow(
                "\(prefix)_logfile", in: part, \.logFile, .logTarget, example: "/var/log/%(program_name)s.log",
                "Where \(stream) is logged.",
                "`AUTO` is a file in `childlogdir` that is deleted at the next start of superd, `NONE` is nowhere. "
                    + "With `/dev/stdout` and the like set `\(prefix)_logfile_maxbytes=0`."
            ).perProcess,
            OptionRow(
                "\(prefix)_logfile_backups", in: part, \.backups, .integer(), example: "3",
                "How many rotated logs of \(stream) are kept; 0 truncates the log instead."
            ).perProcess,
            OptionRow(
                "\(prefix)_logfile_maxbytes", in: part, \.maxBytes, .size, example: "10MB",
                "The size at which the log of \(stream) is rotated; 0 never rotates."
            ).perProcess,
            OptionRow(
                "\(prefix)_syslog", in: part, \.syslog, .boolean, example: "true",
                "Send each line of \(stream) to syslog as well, with the name of the process before it."
            ).perProcess,
        ]
    }
}
