/// The candidate that was most likely meant by a misspelt word; nil where none is near.
///
/// Near is one change (a letter too many, too few, wrong, or two neighbours exchanged) in a word of up to four letters,
/// and one more for every further four letters.
public func nearMiss(of word: String, among candidates: some Sequence<String>) -> String? {
    let word = Array(word.lowercased().unicodeScalars)
    // A text this long is no misspelt word, and the search takes quadratic time.
    guard (1...64).contains(word.count) else { return nil }
    let limit = 1 + word.count / 5
    let ranked = candidates.compactMap { candidate in
        let distance = editDistance(word, Array(candidate.lowercased().unicodeScalars))
        return distance <= limit && distance < word.count ? (distance, candidate) : nil
    }
    return ranked.min { $0.0 < $1.0 }?.1
}

/// The number of insertions, deletions, replacements and exchanges of neighbours between two words.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
            row.append(cost)
        }
        beforePrevious = previous
        previous = row
    }
    return previous[b.count]
}
