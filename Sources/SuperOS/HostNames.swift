/// Names of hosts that are known without asking anybody: a look-up elsewhere may take many seconds.
public enum HostNames {
    /// The first address that `/etc/hosts` has for a name, in digits; nil for a name that it does not have. `localhost` always has one.
    public static func address(of name: String) -> String? {
        let hosts = (try? FileSystem.read("/etc/hosts", limit: 1 << 20)) ?? []
        return address(of: name, in: hosts) ?? (name.lowercased() == "localhost" ? "127.0.0.1" : nil)
    }

    /// Reads lines such as `127.0.0.1 localhost loopback # a comment`.
    static func address(of name: String, in hosts: [UInt8]) -> String? {
        for line in String(decoding: hosts, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            if words.dropFirst().contains(where: { $0.lowercased() == name.lowercased() }) { return String(words[0]) }
        }
        return nil
    }
}
