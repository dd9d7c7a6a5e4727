public import SuperBase

extension OptionTable {
    /// `[supervisord]`.
    public static let supervisord: [OptionRow<DaemonConfig>] = [
        OptionRow(
            "minfds", \.minFDs, .integer(), example: "4096",
            "The least number of file descriptors that superd makes sure it and its children may have.",
            "superd raises the soft limit, and as root the hard one too, and does not start where that fails."
        ).flag("a"),
        OptionRow(
            "minprocs", \.minProcs, .integer(), example: "400",
            "The least number of processes that superd makes sure its user may have."
        ).flag(nil),
        OptionRow(
            "directory", \.directory, .existingDirectory, example: "/srv",
            "The directory that superd changes to when it starts as a daemon."
        ).flag("d"),
        OptionRow(
            "umask", \.umask, .octal, example: "027",
            "The file mode bits that superd and its children take away from new files.",
            "superd sets it in the foreground too; Supervisor only as a daemon."
        ).flag("m"),
        OptionRow(
            "logfile", \.logFile, .file, example: "/var/log/superd.log",
            "The main log.",
            "A relative path is made absolute from the directory that superd is started in. `syslog` logs to syslog. "
                + "With `/dev/stdout` set `logfile_maxbytes=0`."
        ).flag("l"),
        OptionRow(
            "logfile_maxbytes", \.logFileMaxBytes, .size, example: "10MB",
            "The size at which the main log is rotated; 0 never rotates."
        ).flag("y"),
        OptionRow(
            "logfile_backups", \.logFileBackups, .integer(), example: "3",
            "How many rotated main logs are kept; 0 truncates the log instead."
        ).flag("z"),
        OptionRow(
            "loglevel", \.logLevel, .logLevel, example: "debug",
            "How much is logged; from `debug` on also what the children write."
        ).flag("e"),
        OptionRow(
            "pidfile", \.pidFile, .file, example: "/run/superd.pid",
            "The file that holds superd's pid while it runs."
        ).flag("j"),
        OptionRow(
            "identifier", \.identifier, .text(), example: "box7",
            "The name of this superd in events and in the names of automatic logs."
        ).flag("i"),
        OptionRow(
            "nodaemon", \.noDaemon, .boolean, example: "true", "Stay in the foreground."
        ).flag("n", takesValue: false),
        OptionRow(
            "silent", \.silent, .boolean, example: "true",
            "In the foreground, do not repeat the main log on standard output."
        ).flag("s", takesValue: false),
        OptionRow(
            "childlogdir", \.childLogDirectory, .existingDirectory, example: "/var/log/superd",
            "The directory for automatic logs, those of programs with `stdout_logfile=AUTO`."
        ).flag("q"),
        OptionRow(
            "nocleanup", \.noCleanup, .boolean, example: "true",
            "Keep the automatic logs of the run before instead of deleting them at the start."
        ).flag("k", takesValue: false),
        OptionRow(
            "strip_ansi", \.stripANSI, .boolean, example: "true",
            "Remove ANSI escape sequences from the output of children."
        ).flag("t", takesValue: false),
        OptionRow(
            "environment", \.environment, .environment, example: "LANG=\"C.UTF-8\",STAGE=\"prod\"",
            "Variables for every child; `%(ENV_NAME)s` in later options sees them too.",
            "A program's own `environment` wins. superd's own environment is not changed."),
        OptionRow(
            "user", \.user, .user, example: "daemon",
            "The user that superd becomes when it is started as root."
        ).flag("u"),
        OptionRow(
            "exit_when", \.exitWhen, .choice("condition"), example: "all-stopped",
            "When superd ends by itself, beside the end of a `critical` process.",
            "`all-stopped`: when every process is STOPPED, EXITED, COMPLETED or FATAL. `any-exited`: when a process ends by "
                + "itself and is not started again. `any-fatal`: when a process is FATAL."
        ).own,
        OptionRow(
            "pool", \.pool, .text("name", expected: "the name of a program"), example: "web",
            "The program that SIGTTIN gives one process more and SIGTTOU one less.",
            "Without it, the only program that has a `socket`, if there is exactly one."
        ).own,
    ]
}
