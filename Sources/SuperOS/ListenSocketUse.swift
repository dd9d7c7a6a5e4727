import CSuperOS
import Glibc

/// How many clients a listening socket has, as the kernel's tables tell it: nobody's cooperation is needed.
public enum ListenSocketUse {
    /// A table has a line of 150 bytes for each connection of the machine.
    private static let tableLimit = 256 << 20

    /// The connections that were made to a listening socket and exist now, those among them that wait to be accepted.
    ///
    /// Sockets that share a port are not told apart: each is said to have the connections of all.
    public static func connections(of listener: Descriptor) throws(SystemError) -> Int {
        switch try listener.localAddress() {
        case .unix(let path): SocketTable.connections(unix: try read("unix"), path: path)
        case .internet(let host, let port):
            SocketTable.connections(
                tcp: try read(host.contains(":") ? "tcp6" : "tcp"), address: try bytes(of: host), port: port)
        }
    }

    private static func read(_ table: String) throws(SystemError) -> [UInt8] {
        do {
            return try FileSystem.read("/proc/net/\(table)", limit: tableLimit)
        } catch  where error.errno == .noSuchFile && table == "tcp6" {
            // A kernel without IPv6.
            return []
        }
    }

    /// An address in digits as its 4 or 16 bytes.
    private static func bytes(of host: String) throws(SystemError) -> [UInt8] {
        let isIPv6 = host.contains(":")
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, host, &bytes) == 1 else {
            throw SystemError("reading the address", host, errno: .invalidArgument)
        }
        return bytes
    }
}

/// Reads `/proc/net/tcp`, `/proc/net/tcp6` and `/proc/net/unix`. The tables of a busy machine are long, so lines are compared as bytes.
enum SocketTable {
    private static let space = UInt8(ascii: " ")

    /// The connections in state ESTABLISHED whose own end is this address and port; an address of zeros is any.
    static func connections(tcp table: [UInt8], address: [UInt8], port: UInt16) -> Int {
        let own = addressText(address) + Array((":" + hexadecimal(UInt64(port), digits: 4)).utf8)
        let isAny = address.allSatisfy { $0 == 0 }
        // Behind the number of the line and a colon stand both ends, as long as each other, and the state, of which 01 is ESTABLISHED.
        let wanted = isAny ? own.suffix(5) : own[...]
        return lines(of: table).count { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
            let start = colon + 2
            let state = start + 2 * (own.count + 1)
            guard state + 2 <= line.endIndex else { return false }
            return line[..<(start + own.count)].suffix(wanted.count).elementsEqual(wanted)
                && line[state..<(state + 2)].elementsEqual("01".utf8)
        }
    }

    /// The connections of a Unix socket: what carries its path, does not listen, and is connected or waits to be accepted.
    static func connections(unix table: [UInt8], path: String) -> Int {
        let wanted = Array(path.utf8)
        return lines(of: table).count { line in
            // A path that cannot end as the line does is not looked for.
            guard line.count > wanted.count, line.suffix(wanted.count).elementsEqual(wanted) else { return false }
            let words = line.split(separator: space, maxSplits: 7)
            guard words.count == 8, words[7].elementsEqual(wanted) else { return false }
            // Flags of 00010000 are a listener's. States: 02 is connecting (not accepted yet), 03 connected.
            return !words[3].elementsEqual("00010000".utf8)
                && ["02", "03"].contains(String(decoding: words[5], as: UTF8.self))
        }
    }

    /// All but the heading.
    private static func lines(of table: [UInt8]) -> ArraySlice<ArraySlice<UInt8>> {
        table.split(separator: UInt8(ascii: "\n")).dropFirst()
    }

    /// As the kernel prints an address: words of 32 bits, each as the number that its bytes are on this machine.
    private static func addressText(_ address: [UInt8]) -> [UInt8] {
        stride(from: 0, to: address.count, by: 4).flatMap { start in
            let word = address[start..<start + 4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
            return Array(hexadecimal(UInt64(word), digits: 8).utf8)
        }
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
