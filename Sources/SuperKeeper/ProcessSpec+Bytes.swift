import SuperBase

extension ProcessSpec {
    func write(to writer: inout ByteWriter) {
        writer.write(name.group)
        writer.write(name.process)
        writer.write(executable)
        writer.write(arguments) { $0.write($1) }
        writer.write(environment) {
            $0.write($1.name)
            $0.write($1.value)
        }
        writer.write(directory) { $0.write($1) }
        writer.write(umask) { $0.write($1) }
        writer.write(identity) {
            $0.write($1.user)
            $0.write($1.group)
            $0.write($1.groups) { $0.write($1) }
        }
        for stream in [stdin, stdout, stderr] { writer.write(stream.rawValue) }
        // Version 1 ends here.
        writer.write(stdinSocket) { $0.write($1) }
        writer.write(sockets) { $0.write($1) }
        writer.write(notificationDescriptor) { $0.write($1) }
        writer.write(pidVariables) { $0.write($1) }
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        let name = ProcessName(group: try reader.readText(), process: try reader.readText())
        let executable = try reader.readText()
        let arguments = try reader.readArray { (r) throws(MalformedBytes) in try r.readText() }
        let environment = try reader.readArray { (r) throws(MalformedBytes) in
            EnvironmentVariable(try r.readText(), try r.readText())
        }
        self.init(name: name, executable: executable, arguments: arguments, environment: environment)
        directory = try reader.readOptional { (r) throws(MalformedBytes) in try r.readText() }
        umask = try reader.readOptional { (r) throws(MalformedBytes) in try r.read() }
        identity = try reader.readOptional { (r) throws(MalformedBytes) in
            Identity(
                user: try r.read(), group: try r.read(),
                groups: try r.readArray { (r) throws(MalformedBytes) in try r.read() })
        }
        stdin = try Stream(from: &reader)
        stdout = try Stream(from: &reader)
        stderr = try Stream(from: &reader)
        guard !reader.isAtEnd else { return }
        stdinSocket = try reader.readOptional { (r) throws(MalformedBytes) in try r.readText() }
        sockets = try reader.readArray { (r) throws(MalformedBytes) in try r.readText() }
        notificationDescriptor = try reader.readOptional { (r) throws(MalformedBytes) in try r.read() }
        pidVariables = try reader.readArray { (r) throws(MalformedBytes) in try r.readText() }
    }
}

extension ProcessSpec.Stream {
    fileprivate init(from reader: inout ByteReader) throws(MalformedBytes) {
        guard let stream = ProcessSpec.Stream(rawValue: try reader.read()) else { throw MalformedBytes() }
        self = stream
    }
}
