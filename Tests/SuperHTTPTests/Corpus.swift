import Glibc

/// The files of Tests/Corpus/http.
enum Corpus {
    struct Sample: Sendable, CustomStringConvertible {
        let name: String
        let bytes: [UInt8]
        var description: String { name }
    }

    static let valid = samples("valid")
    static let invalid = samples("invalid")

    private static func samples(_ folder: String) -> [Sample] {
        let path = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Corpus/http/" + folder
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var samples: [Sample] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { samples.append(Sample(name: name, bytes: read(path + "/" + name))) }
        }
        return samples.sorted { $0.name < $1.name }
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
