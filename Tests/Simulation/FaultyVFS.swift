import GRDBSQLite
import Glibc

/// SQLite's view of ``FaultyDisk``: the operating system's VFS, with a look at each call of files
/// that lie on such a disk. It is the default VFS of the process once it is registered; other
/// files go straight to the operating system's.
enum FaultyVFS {
    static func register() { _ = registration }

    // SAFETY (all of this file): SQLite hands over pointers that live during the call; the tables
    // below are made once and never freed, as SQLite wants it.

    /// The operating system's VFS.
    nonisolated(unsafe) static let system: UnsafeMutablePointer<sqlite3_vfs> = {
        guard let found = sqlite3_vfs_find("unix") else { preconditionFailure("no unix VFS") }
        return found
    }()

    private static let registration: Void = {
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.szOsFile = Int32(FaultyFile.headSize) + system.pointee.szOsFile
        vfs.pointee.zName = UnsafePointer(strdup("socle-faulty"))
        vfs.pointee.xOpen = faultyOpen
        vfs.pointee.xDelete = faultyDelete
        sqlite3_vfs_register(vfs, 1)
    }()

    /// The calls on a file of a faulty disk.
    nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: sqlite3_io_methods())
        // Version 2: shared memory, but no mapping of the file, which would write past us.
        methods.pointee.iVersion = 2
        methods.pointee.xClose = faultyClose
        methods.pointee.xRead = faultyRead
        methods.pointee.xWrite = faultyWrite
        methods.pointee.xTruncate = faultyTruncate
        methods.pointee.xSync = faultySync
        methods.pointee.xFileSize = { real($0).pointee.pMethods.pointee.xFileSize(real($0), $1) }
        methods.pointee.xLock = { real($0).pointee.pMethods.pointee.xLock(real($0), $1) }
        methods.pointee.xUnlock = { real($0).pointee.pMethods.pointee.xUnlock(real($0), $1) }
        methods.pointee.xCheckReservedLock = {
            real($0).pointee.pMethods.pointee.xCheckReservedLock(real($0), $1)
        }
        methods.pointee.xFileControl = {
            real($0).pointee.pMethods.pointee.xFileControl(real($0), $1, $2)
        }
        methods.pointee.xSectorSize = { real($0).pointee.pMethods.pointee.xSectorSize(real($0)) }
        methods.pointee.xDeviceCharacteristics = {
            real($0).pointee.pMethods.pointee.xDeviceCharacteristics(real($0))
        }
        methods.pointee.xShmMap = {
            real($0).pointee.pMethods.pointee.xShmMap(real($0), $1, $2, $3, $4)
        }
        methods.pointee.xShmLock = {
            real($0).pointee.pMethods.pointee.xShmLock(real($0), $1, $2, $3)
        }
        methods.pointee.xShmBarrier = {
            real($0).pointee.pMethods.pointee.xShmBarrier(real($0))
        }
        methods.pointee.xShmUnmap = {
            real($0).pointee.pMethods.pointee.xShmUnmap(real($0), $1)
        }
        return methods
    }()
}

/// An open file of a faulty disk, as it lies in the memory that SQLite gives for it; the operating
/// system's own follows.
struct FaultyFile {
    var base: sqlite3_file
    var disk: Unmanaged<FaultyDisk>
    var file: Unmanaged<SimulatedFile>

    static let headSize = (MemoryLayout<FaultyFile>.size + 15) / 16 * 16
}

private func head(_ file: UnsafeMutablePointer<sqlite3_file>?) -> FaultyFile {
    UnsafeRawPointer(file!).load(as: FaultyFile.self)
}

private func real(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<sqlite3_file>
{
    (UnsafeMutableRawPointer(file!) + FaultyFile.headSize)
        .assumingMemoryBound(to: sqlite3_file.self)
}

@c func faultyOpen(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
    let system = FaultyVFS.system
    guard let name, let file, let disk = FaultyDisk.disk(of: String(cString: name)) else {
        return system.pointee.xOpen(system, name, file, flags, outFlags)
    }
    file.pointee.pMethods = nil
    let code = disk.outcome(ofWriting: false)
    // An error of opening is another one than an error of reading.
    guard code == SQLITE_OK else { return SQLITE_CANTOPEN }
    // Before the file is made: a new one has no durable name.
    let simulated = disk.file(String(cString: name))
    let opened = system.pointee.xOpen(system, name, real(file), flags, outFlags)
    guard opened == SQLITE_OK else { return opened }
    UnsafeMutableRawPointer(file).initializeMemory(
        as: FaultyFile.self,
        to: FaultyFile(
            base: sqlite3_file(pMethods: FaultyVFS.methods), disk: .passRetained(disk),
            file: .passRetained(simulated)))
    return SQLITE_OK
}

@c func faultyDelete(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ syncsFolder: Int32
) -> Int32 {
    let system = FaultyVFS.system
    guard let name, let disk = FaultyDisk.disk(of: String(cString: name)) else {
        return system.pointee.xDelete(system, name, syncsFolder)
    }
    let code = disk.outcome(ofWriting: false)
    guard code == SQLITE_OK else { return code }
    disk.delete(String(cString: name), isDurable: syncsFolder != 0)
    return system.pointee.xDelete(system, name, syncsFolder)
}

@c func faultyClose(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    let head = head(file)
    head.disk.release()
    head.file.release()
    return real(file).pointee.pMethods.pointee.xClose(real(file))
}

@c func faultyRead(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeMutableRawPointer?,
    _ count: Int32, _ offset: Int64
) -> Int32 {
    let code = head(file).disk.takeUnretainedValue().outcome(ofWriting: false)
    guard code == SQLITE_OK else { return code }
    return real(file).pointee.pMethods.pointee.xRead(real(file), buffer, count, offset)
}

@c func faultyWrite(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeRawPointer?, _ count: Int32,
    _ offset: Int64
) -> Int32 {
    let head = head(file)
    let code = head.disk.takeUnretainedValue().outcome(ofWriting: true)
    guard code == SQLITE_OK else { return code }
    let bytes = Array(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
    head.file.takeUnretainedValue().write(bytes, at: Int(offset))
    return real(file).pointee.pMethods.pointee.xWrite(real(file), buffer, count, offset)
}

@c func faultyTruncate(_ file: UnsafeMutablePointer<sqlite3_file>?, _ size: Int64) -> Int32 {
    let head = head(file)
    let code = head.disk.takeUnretainedValue().outcome(ofWriting: true)
    guard code == SQLITE_OK else { return code }
    head.file.takeUnretainedValue().truncate(to: Int(size))
    return real(file).pointee.pMethods.pointee.xTruncate(real(file), size)
}

/// Nothing is truly synced: what counts is what the disk believes, and the machine stays on.
@c func faultySync(_ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32) -> Int32 {
    let head = head(file)
    let disk = head.disk.takeUnretainedValue()
    let code = disk.outcome(ofWriting: false)
    guard code == SQLITE_OK else { return code }
    disk.sync(head.file.takeUnretainedValue())
    return SQLITE_OK
}
