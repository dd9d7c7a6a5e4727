import SuperBase
import SuperOptions

extension Evaluation {
    /// The control endpoints, inet before unix.
    mutating func readServers() -> [ServerConfig] {
        var servers: [ServerConfig] = []
        for section in document.sections where section.name.hasPrefix("inet_http_server") {
            if let server = readInetServer(section) { servers.append(server) }
        }
        for section in document.sections where section.name.hasPrefix("unix_http_server") {
            if let server = readUnixServer(section) { servers.append(server) }
        }
        return servers
    }

    private mutating func readInetServer(_ section: RawSection) -> ServerConfig? {
        var draft = InetServerDraft()
        let names = ["username", "password"]
        apply(OptionTable.inetServer.filter { names.contains($0.name) }, of: section, to: &draft)
        checkCredentials(section)
        apply(OptionTable.inetServer.filter { !names.contains($0.name) }, of: section, to: &draft)
        guard let address = draft.address else {
            reportMissing("port", kind: "http.no_port", in: section)
            return nil
        }
        var server = ServerConfig(section: section.title, address: .inet(host: address.host, port: address.port))
        server.set(draft.credentials)
        server.allowUnauthenticated = draft.allowUnauthenticated
        if !server.isLocal, server.username == nil, server.token == nil, !server.allowUnauthenticated {
            report(
                section, "port", .warning, kind: "http.unauthenticated",
                "superd will not open \(address.text): other machines can reach it and it asks for no credentials",
                hint: "give username and password, or port=127.0.0.1:\(address.port), or allow_unauthenticated=true")
        }
        return server
    }

    private mutating func readUnixServer(_ section: RawSection) -> ServerConfig? {
        var draft = UnixServerDraft()
        let isEarly: (OptionRow<UnixServerDraft>) -> Bool = { ["file", "username", "password"].contains($0.name) }
        apply(OptionTable.unixServer.filter { $0.name == "file" }, of: section, to: &draft)
        if draft.file == nil { reportMissing("file", kind: "http.no_file", in: section) }
        apply(OptionTable.unixServer.filter { isEarly($0) && $0.name != "file" }, of: section, to: &draft)
        checkCredentials(section)
        apply(OptionTable.unixServer.filter { !isEarly($0) }, of: section, to: &draft)
        guard let file = draft.file else { return nil }
        var server = ServerConfig(
            section: section.title, address: .unix(path: file, mode: draft.mode, owner: draft.owner))
        server.set(draft.credentials)
        return server
    }

    /// A required option that is not given at all; one that is given and wrong was reported already.
    private mutating func reportMissing(_ name: String, kind: String, in section: RawSection) {
        guard option(name, of: section) == nil else { return }
        report(section, name, kind: kind, "[\(section.title)] needs \(name)=")
    }

    private mutating func checkCredentials(_ section: RawSection) {
        let username = option("username", of: section)
        let password = option("password", of: section)
        guard (username == nil) != (password == nil) else { return }
        report(
            section, username == nil ? "username" : "password", kind: "http.incomplete_auth",
            "username and password must both be given, or neither")
    }

    /// `[supervisorctl]` of the main file; nil without it.
    mutating func readClient() -> ClientConfig? {
        guard let section = main.section("supervisorctl") else { return nil }
        var client = ClientConfig()
        apply(OptionTable.client, of: section, to: &client)
        return client
    }

    /// The sections that would load Python code in Supervisor.
    mutating func readPlugins(_ prefix: String, _ factoryName: String, of document: RawDocument) -> [PluginConfig] {
        var plugins: [PluginConfig] = []
        for section in document.sections where section.name.hasPrefix(prefix) {
            var options = (document.defaults?.options ?? [:]).merging(section.options) { $1 }
            guard let factory = options.removeValue(forKey: factoryName) else {
                report(
                    section, factoryName, kind: "plugin.no_factory",
                    "[\(section.title)] does not specify a \(factoryName)")
                continue
            }
            let entries = options.values.sorted { $0.name < $1.name }.map { option in
                OptionValue.Entry(option.name, expanded(option, of: section) ?? .none)
            }
            guard case .text(let text) = expanded(factory, of: section) else { continue }
            plugins.append(PluginConfig(name: section.suffix ?? "", factory: text, options: entries))
        }
        return plugins
    }

    /// Python code that superd does not load.
    mutating func warnOfPlugins(_ configuration: Configuration) {
        for section in document.sections where section.name.hasPrefix("rpcinterface:") {
            let plugin = configuration.rpcInterfaces.first { $0.name == section.suffix }
            guard let plugin, plugin.factory != PluginConfig.mainInterface else { continue }
            report(
                section, OptionTable.interfaceFactory, .warning, kind: "plugin.not_loaded",
                "superd does not load Python code: \(plugin.factory) will not be there")
        }
        for section in document.sections where section.name.hasPrefix("ctlplugin:") {
            report(
                section, OptionTable.clientPluginFactory, .warning, kind: "plugin.not_loaded",
                "superctl does not load Python code: the commands of this plugin will not be there")
        }
    }
}

extension ServerConfig {
    fileprivate mutating func set(_ credentials: Credentials) {
        username = credentials.username
        password = credentials.password
        token = credentials.token
    }
}
