/// Which number a new row of `blocks` gets, so that rows fill pages.
///
/// SQLite keeps rows in the order of their numbers, and its pages of 1,024 bytes hold one or two of
/// them: numbered one after another, as they come, they leave a quarter of each page empty. So each
/// page that is begun here has some numbers for itself, and a row that fits into what another page
/// has left gets one of that page's. What is assumed of a page may be wrong, as where a row has
/// gone or another program wrote: SQLite then splits it, or it stays less full.
///
/// The sizes are those of the table b-tree leaf in SQLite's file format
/// (https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1).
struct PageFilling {
    private var pages: [Page] = []
    private var nextPage: Int64

    /// A page that was begun. SQLite remembers its greatest number: the first row gets that, and
    /// those that are added get lower ones.
    private struct Page {
        var nextID: Int64
        let lastID: Int64
        var free: Int
    }

    /// Numbers of a page: its rows take some 60 bytes or more each.
    private static let idsOfPage: Int64 = 16
    /// LIMIT: pages that are remembered; those that are nearly full are forgotten first.
    private let pagesMax: Int
    private static let pageHead = 8

    /// - Parameters:
    ///   - newestID: the greatest number that a row has.
    ///   - pagesMax: pages that rows are laid on, and which are then written again. Few, where rows
    ///     will go soon.
    init(after newestID: Int64, pagesMax: Int = 64) {
        self.pagesMax = pagesMax
        // A number that only damage makes must not end the program.
        nextPage = (min(newestID, 1 << 62) + Self.idsOfPage - 1) / Self.idsOfPage
    }

    /// The number of a new row, greater than all before or between those of a page and the next.
    mutating func id(forRowOf payload: Int) -> Int64 {
        let size = Self.cellSize(payload)
        let fitting = pages.indices.filter { pages[$0].free >= size }
        if let index = fitting.min(by: { pages[$0].free < pages[$1].free }) {
            let id = pages[index].nextID
            pages[index].nextID -= 1
            pages[index].free -= size
            if id == pages[index].lastID { pages.remove(at: index) }
            return id
        }
        nextPage += 1
        let id = nextPage * Self.idsOfPage
        pages.append(
            Page(
                nextID: id - 1, lastID: id - Self.idsOfPage + 1,
                free: StorePace.pageSize - Self.pageHead - size))
        if pages.count > pagesMax,
            let fullest = pages.indices.min(by: { pages[$0].free < pages[$1].free })
        {
            pages.remove(at: fullest)
        }
        return id
    }

    /// What a row takes of its leaf page: what does not fit there fills pages of its own.
    static func cellSize(_ payload: Int) -> Int {
        let usable = StorePace.pageSize
        let most = usable - 35
        let least = (usable - 12) * 32 / 255 - 23
        // A pointer, the number, the length, and where the rest goes on.
        let head = 2 + 3 + (payload < 128 ? 1 : payload < 16_384 ? 2 : 3)
        if payload <= most { return head + payload }
        let rest = least + (payload - least) % (usable - 4)
        return head + 4 + (rest <= most ? rest : least)
    }

    /// The bytes of a row with these integers and one blob: a byte of type each, and two or three
    /// of the blob's, behind that of the head's length.
    static func payloadSize(integers: [Int64], blobBytes: Int) -> Int {
        let types = 1 + 1 + integers.count + (blobBytes < 58 ? 1 : blobBytes < 8_186 ? 2 : 3)
        return types + blobBytes + integers.reduce(0) { $0 + integerSize($1) }
    }

    private static func integerSize(_ number: Int64) -> Int {
        // 0 and 1 are types of their own.
        if number == 0 || number == 1 { return 0 }
        let bits = 65 - (number < 0 ? ~number : number).leadingZeroBitCount
        return [8, 16, 24, 32, 48].first { bits <= $0 }.map { $0 / 8 } ?? 8
    }
}
