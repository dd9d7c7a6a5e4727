public import SuperBase

extension OptionTable {
    /// `[group:x]`.
    public static let group: [OptionRow<GroupDraft>] = [
        OptionRow(
            "programs", \.programs, .names("names", expected: "a comma-separated list of programs"),
            example: "web,worker",
            "The programs of the group, by the names of their sections.",
            "They lose the groups of their own. A program may be in several groups and then runs in each."),
        OptionRow(
            "priority", \.priority, .integer(), example: "10",
            "Lower numbers start first and stop last. Inside the group the programs' own priorities count."),
    ]

    /// `[fcgi-program:x]`, beside the options of `[program:x]`.
    public static let fcgi: [OptionRow<SocketDraft>] = [
        OptionRow(
            "socket_backlog", \.backlog, .integer(1...65535), example: "1024",
            "How many connections may wait to be accepted; otherwise the kernel's limit."),
        OptionRow(
            "socket_owner", \.owner, .owner, example: "root:root",
            "The owner of the socket file; otherwise the program's user."),
        OptionRow(
            "socket_mode", \.mode, .octal, example: "0770",
            "The mode of the socket file; otherwise 0700."),
        OptionRow(
            "socket", \.socket, .socket, example: "unix:///run/app.sock",
            "The socket: `tcp://host:port` or `unix:///absolute/path`."
        ).required,
    ]

    /// `[eventlistener:x]`, beside the options of `[program:x]`.
    public static let eventListener: [OptionRow<EventListenerConfig>] = [
        OptionRow(
            "buffer_size", \.bufferSize, .integer(1 ... .max), example: "100",
            "How many events wait while every listener is busy; then the oldest is dropped."),
        OptionRow(
            "result_handler", \.resultHandler, .text("name", expected: "a Python name"),
            example: "package.module:handler",
            "Supervisor's Python result handler; superd accepts any and acts as the default one does."),
        OptionRow(
            "events", \.events, .events, example: "PROCESS_STATE,TICK_60",
            "The event types to be told about; a type stands for all that begin with its name."
        ).required,
    ]

    /// `[include]`.
    public static let include: [OptionRow<IncludeDraft>] = [
        OptionRow(
            "files", \.files, .words("patterns", expected: "file patterns separated by blanks"),
            example: "conf.d/*.ini",
            "Patterns of the files to read, with `*`, `?` and `[…]`, relative to the main file.",
            "Each pattern's files are read in the order of their names; `.toml` files as TOML. "
                + "An `[include]` in them is ignored."
        ).required
    ]
}
