import Glibc
import SuperBase

/// A list of strings in one block, in the form that execve(2) takes: each ends with a zero byte.
struct CStrings {
    private var bytes: [UInt8] = []
    private var offsets: [Int] = []

    /// Nil where a string contains a zero byte: it would reach the program cut short.
    init?(_ strings: [String]) {
        for string in strings { append(string) }
        guard hasOnlyFinalZeros else { return nil }
    }

    /// Variables as `NAME=value`. Nil as above.
    init?(_ variables: [EnvironmentVariable]) {
        for variable in variables { append(variable.name, "=", variable.value) }
        guard hasOnlyFinalZeros else { return nil }
    }

    /// Calls with the null-terminated array of pointers; they are valid during the call.
    func withPointers<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
        var bytes = bytes
        return bytes.withUnsafeMutableBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: offsets.count + 1) { list in
                for (index, offset) in offsets.enumerated() {
                    list.initializeElement(
                        at: index, to: bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self))
                }
                list.initializeElement(at: offsets.count, to: nil)
                guard let first = list.baseAddress else { preconditionFailure("an array of one element or more") }
                return body(first)
            }
        }
    }

    private mutating func append(_ parts: String...) {
        offsets.append(bytes.count)
        for part in parts { bytes.append(contentsOf: part.utf8) }
        bytes.append(0)
    }

    private var hasOnlyFinalZeros: Bool { bytes.count { $0 == 0 } == offsets.count }
}
