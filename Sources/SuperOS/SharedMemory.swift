import CSuperOS
import Glibc

extension Descriptor {
    /// A file that has no path and lives in memory as long as a descriptor of it is open.
    ///
    /// `name` is for people who look into `/proc`.
    public static func memoryFile(_ name: String) throws(SystemError) -> Descriptor {
        Descriptor(owning: Int32(try checkResult("making a file in memory") { superos_make_memory_file(name, 0) }))
    }
}

/// Memory that several processes see; each maps the same descriptor.
///
/// What lies in it changes under everybody's hands: use atomics in it, or have one writer.
public final class SharedMemory {
    /// What others map. Its size never changes, so no access ends in SIGBUS.
    public let descriptor: Descriptor
    /// The memory, zero where nobody has written; it goes with this object.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Makes memory of a size.
    public convenience init(_ name: String, size: Int) throws(SystemError) {
        precondition(size > 0, "shared memory of \(size) bytes")
        let number = try checkResult("making shared memory") { superos_make_memory_file(name, Int64(size)) }
        try self.init(mapping: Descriptor(owning: Int32(number)))
    }

    /// Maps memory that another process has made.
    public init(mapping descriptor: Descriptor) throws(SystemError) {
        let size = Int(try descriptor.status().size)
        guard size > 0, let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number, 0),
            address != MAP_FAILED
        else {
            throw SystemError(
                "mapping", descriptor.description, errno: size > 0 ? Errno(rawValue: errno) : .invalidArgument)
        }
        self.descriptor = descriptor
        bytes = UnsafeMutableRawBufferPointer(start: address, count: size)
    }

    deinit {
        munmap(bytes.baseAddress, bytes.count)
    }
}
