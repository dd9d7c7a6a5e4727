public import SuperBase

extension OptionTable {
    /// `[unix_http_server]`.
    public static let unixServer: [OptionRow<UnixServerDraft>] =
        [
            OptionRow(
                "file", \.file, .absolutePath, example: "/run/superd.sock",
                "The path of the socket."
            ).required
        ] + credentials(\.credentials) + [
            OptionRow(
                "chown", \.owner, .owner, example: "root:adm",
                "The owner of the socket, as `user` or `user:group`; otherwise superd's."),
            OptionRow("chmod", \.mode, .octal, example: "0770", "The mode of the socket."),
        ]

    /// `[inet_http_server]`.
    public static let inetServer: [OptionRow<InetServerDraft>] =
        credentials(\.credentials) + [
            OptionRow(
                "port", \.address, .inetAddress, example: "127.0.0.1:9001",
                "The port, with a host before it if wanted; `*:9001` is every address."
            ).required,
            OptionRow(
                "allow_unauthenticated", \.allowUnauthenticated, .boolean, example: "true",
                "Open a port that other machines can reach although it asks for no credentials.",
                "Without it superd does not open such a port: whoever reaches it can stop every program."
            ).own,
        ]

    private static func credentials<Owner>(
        _ part: Place<Owner, Credentials>
    ) -> [OptionRow<Owner>] {
        [
            OptionRow(
                "username", in: part, \.username, .text(), example: "admin",
                "The user name for basic authentication; `password` must be given too."),
            OptionRow(
                "password", in: part, \.password, .text(), example: "{SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
                "The password: in plain text, or `{SHA}` or `{SHA256}` and its digest in hexadecimal."),
            OptionRow(
                "token", in: part, \.token, .text(),
                example: "{SHA256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "A token for bearer authentication: in plain text, or `{SHA256}` and its digest in hexadecimal."
            ).own,
        ]
    }

    /// `[supervisorctl]`.
    public static let client: [OptionRow<ClientConfig>] = [
        OptionRow(
            "serverurl", \.serverURL, .serverURL, example: "unix:///run/superd.sock",
            "Where superd is reached: `unix:///path` or `http://host:port`."),
        OptionRow("prompt", \.prompt, .text(), example: "box7", "The prompt of the shell."),
        OptionRow(
            "username", \.username, .text(), example: "admin", "The user name for basic authentication."),
        OptionRow(
            "password", \.password, .text(), example: "secret", "The password for it, in plain text."),
        OptionRow(
            "history_file", \.historyFile, historyFile, example: "/root/.superctl_history",
            "Where the shell keeps its history; otherwise it keeps none."),
        OptionRow(
            "token", \.token, .text(), example: "secret", "A token for bearer authentication, in plain text."
        ).own,
    ]

    /// A path; empty is none.
    private static let historyFile: OptionType<String?> = {
        var type = OptionType<String>.absolutePath.optional
        let read = type.read
        type.read = { (given, context) throws(ValueError) in given == .text("") ? nil : try read(given, context) }
        return type
    }()
}
