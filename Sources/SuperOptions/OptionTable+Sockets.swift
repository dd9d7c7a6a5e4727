import SuperBase

extension OptionTable {
    /// All options of a `[program:x]` with its sockets, which is also all that a process has.
    public static let programWithSockets = program + sockets

    /// The sockets of a `[program:x]` or `[eventlistener:x]`; an `[fcgi-program:x]` has its own instead.
    public static let sockets: [OptionRow<ProgramDraft>] = [
        OptionRow(
            "socket", \.sockets.named, .sockets, example: "http=tcp://127.0.0.1:8000 admin=unix:///run/admin.sock",
            "Listening sockets that superd opens and every process of the program is given, as descriptors 3, 4 and so on.",
            "`tcp://*:8000` is every address; an IPv6 address stands in brackets. A name before `=` goes to LISTEN_FDNAMES; "
                + "without one it is `socket`, then `socket2`. The processes find LISTEN_FDS in their environment, and "
                + "`%(socket_fd)s` in options marked *per process* is 3, `%(socket_fd_http)s` or `%(socket_fd_2)s` the number "
                + "of one by its name or place. They stay open while the program is restarted, so that no connection is "
                + "refused. A socket belongs to one program."
        ).perProcess.own,
        OptionRow(
            "socket_backlog", \.sockets.backlog, .integer(1...65535), example: "1024",
            "How many connections may wait to be accepted; otherwise the kernel's limit."
        ).own,
        OptionRow(
            "socket_owner", \.sockets.owner, .owner, example: "root:root",
            "The owner of the socket files; otherwise the program's user."
        ).own,
        OptionRow(
            "socket_mode", \.sockets.mode, .octal, example: "0770",
            "The mode of the socket files; otherwise 0700."
        ).own,
        OptionRow(
            "socket_reuseport", \.sockets.reusesPort, .boolean, example: "true",
            "Give each process a listening socket of its own on the same port; the kernel spreads the connections.",
            "For `tcp://` only. Connections that wait at a process that ends are lost, which those at a shared socket are not."
        ).own,
        OptionRow(
            "socket_stdin", \.process.hasSocketAsInput, .boolean, example: "true",
            "Make the first socket the standard input of the processes, too."
        ).own,
        OptionRow(
            "start_on_demand", \.process.startsOnDemand, .boolean, example: "true",
            "Start the processes when the first connection comes in on one of the sockets.",
            "Until then they do not run, although `autostart` is true."
        ).own.live,
        OptionRow(
            "idle_timeout", \.process.idleTimeout, .duration, example: "5m",
            "Stop the processes when nobody has been connected for this long, until the next connection; 0 never.",
            "Needs `start_on_demand`."
        ).own.live,
    ]
}
