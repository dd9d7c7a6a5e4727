import CSuperOS
import Glibc

/// Where a socket is.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address in digits, and a port. IPv4 that arrives on an IPv6 socket is written as IPv4.
    case internet(host: String, port: UInt16)
    /// A Unix socket; the path is empty for one without a name and starts with `@` for an abstract one.
    case unix(path: String)

    /// `127.0.0.1:80`, `[::1]:80`, or the path
    public var description: String {
        switch self {
        case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path.isEmpty ? "an unnamed socket" : path
        }
    }

    /// Reads what the kernel answered.
    init(_ raw: borrowing RawSocketAddress) {
        self = raw.withPointer { address, length in
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    .internet(ip4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr), bigEndianPort: $0.pointee.sin_port)
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { .internet(ip6: $0.pointee) }
            default: .unix(UnsafeRawBufferPointer(start: address, count: Int(length)))
            }
        }
    }

    private static func internet(ip4 bits: UInt32, bigEndianPort: UInt16) -> SocketAddress {
        let host = "\(bits >> 24).\(bits >> 16 & 0xff).\(bits >> 8 & 0xff).\(bits & 0xff)"
        return .internet(host: host, port: UInt16(bigEndian: bigEndianPort))
    }

    private static func internet(ip6 address: sockaddr_in6) -> SocketAddress {
        withUnsafeBytes(of: address.sin6_addr) { bits in
            if bits.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) {
                let ip4 = bits.dropFirst(12).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                return .internet(ip4: ip4, bigEndianPort: address.sin6_port)
            }
            let host = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                inet_ntop(AF_INET6, bits.baseAddress, text.baseAddress, socklen_t(text.count)).map(
                    String.init(cString:))
            }
            return .internet(host: host ?? "::", port: UInt16(bigEndian: address.sin6_port))
        }
    }

    private static func unix(_ bytes: UnsafeRawBufferPointer) -> SocketAddress {
        let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size)
        guard let first = path.first else { return .unix(path: "") }
        let isAbstract = first == 0
        let name = isAbstract ? path.dropFirst() : path.prefix { $0 != 0 }
        return .unix(path: (isAbstract ? "@" : "") + String(decoding: name, as: UTF8.self))
    }
}

/// An address in the kernel's form.
struct RawSocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// `AF_INET` and the like.
    var family: Int32 { Int32(storage.ss_family) }

    init() {}

    /// An address that a look-up answered with.
    init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        self.length = length
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    /// A Unix socket's path; one that starts with `@` is a name without a file. Nil where it is empty or does not fit.
    init?(unixPath path: String) {
        let prefix = MemoryLayout<sa_family_t>.size
        let name = Array(path.utf8)
        // The last byte stays zero: the kernel takes 108 without it, other programs do not.
        guard !name.isEmpty, name.count < MemoryLayout<sockaddr_un>.size - prefix else { return nil }
        storage.ss_family = sa_family_t(AF_UNIX)
        let isAbstract = name[0] == UInt8(ascii: "@")
        withUnsafeMutableBytes(of: &storage) {
            $0[prefix...].copyBytes(from: name)
            if isAbstract { $0[prefix] = 0 }
        }
        length = socklen_t(prefix + name.count + (isAbstract ? 0 : 1))
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        // The storage is at least as large and as aligned as any kind of address.
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
