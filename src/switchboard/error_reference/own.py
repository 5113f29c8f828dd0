"""What can go wrong in Switchboard itself: files, store, command line, runs and the doctor."""

from __future__ import annotations

from switchboard.vendors.error_codes import AGAIN, STOP, ErrorCode

REFUSE = "Refuses the command; nothing was done"
SAY = "Says so and goes on"
DOCTOR = "`switchboard doctor` reports it; runs go on"

OWN_CODES = (
    ErrorCode(
        "IO-001",
        "Failed to read or write a file: no permission, no space, or the disk failed",
        "Stops the run; a log that cannot be written does not stop it",
        "Check file permissions (owner, 0600, directories 0700) and free disk space; "
        "then run again: nothing is written twice",
    ),
    ErrorCode(
        "IO-002",
        "A temporary file with a recording was changed, cut short or removed while in use",
        "Stops the run; nothing of the file is passed on as whole",
        "Check the disk, and who else can write to the temporary directory; then run again",
    ),
    ErrorCode(
        "DB-001",
        "The store cannot be opened",
        STOP,
        "Check `database_url`, the permissions of data/ and, with PostgreSQL, server and password",
    ),
    ErrorCode(
        "DB-002",
        "The store stayed locked by another program",
        AGAIN,
        "Close programs that hold data/switchboard.db open (copies, viewers), then run again",
    ),
    ErrorCode(
        "DB-003",
        "The connection to the store broke during a commit",
        "The next run looks up what may have happened",
        "Check the database server if it lasts",
    ),
    ErrorCode(
        "DB-004",
        "The store was made by a newer Switchboard",
        STOP,
        "Update this installation; a store is never taken back to an older version",
    ),
    ErrorCode(
        "DB-005",
        "Another process took over the work on this caller",
        "Leaves the caller to that process",
        "Nothing",
    ),
    ErrorCode(
        "DB-006",
        "Another process holds the rest of the calls",
        "Waits, then ends the run; the calls keep waiting",
        "Run again once the other process has ended",
    ),
    ErrorCode(
        "DB-007",
        "The store is damaged",
        DOCTOR,
        "Stop all runs, keep a copy of data/switchboard.db, and follow troubleshooting.md: it "
        "holds what keeps calls from being written twice",
    ),
    ErrorCode("DOC-001", "Python is too old", DOCTOR, "Install Python 3.11 or newer"),
    ErrorCode(
        "DOC-002",
        "Less than 500 MB of disk space are free",
        DOCTOR,
        "Free some space, or keep less: `switchboard clean` and retention in data/settings.json",
    ),
    ErrorCode(
        "DOC-003",
        "Files can be read by others, or belong to another user",
        DOCTOR,
        "Run chmod 600 on the files and 700 on the directories named; keep one user for all runs",
    ),
    ErrorCode(
        "DOC-004",
        "This machine's clock is wrong by more than a minute",
        DOCTOR,
        "Let it be set by NTP (timedatectl on Linux, Settings, Time on Windows)",
    ),
    ErrorCode(
        "DOC-005",
        "An extension of the documents is missing, disabled or called otherwise at RingCentral",
        DOCTOR,
        "Correct extensions.json of the office; ids are those of RingCentral, not the numbers",
    ),
    ErrorCode(
        "DOC-006",
        "Mails of the last days could not be sent",
        DOCTOR,
        "Correct data/email_config.json, then `switchboard report send latest`",
    ),
    ErrorCode(
        "DOC-007",
        "Processes that died left temporary media files (encrypted, nobody has their key)",
        "The next run removes them",
        "Nothing, or `switchboard clean`",
    ),
    ErrorCode(
        "DOC-008",
        "Calls, call-backs, media or tickets are parked: they wait for a person",
        DOCTOR,
        "`switchboard calls list --fate parked`, `switchboard calls callbacks --state parked`, "
        "`switchboard calls media --state parked` and `switchboard chat tickets list --state "
        "stopped` say why; `--retry` and `retry` try again",
    ),
    ErrorCode(
        "DOC-009",
        "A check got no answer in time",
        DOCTOR,
        "Try again; if it lasts, check network, firewall and proxy (HTTPS_PROXY)",
    ),
    ErrorCode(
        "DOC-010",
        "This machine lacks time zone data",
        DOCTOR,
        "Install the package tzdata, of the system or of Python",
    ),
    ErrorCode(
        "DOC-011",
        "RingCentral deletes recordings soon that Zoho CRM does not have yet",
        "Runs go on attaching what is due first",
        "Run more often, or raise media.minutes_per_run; see what keeps them in the logs",
    ),
    ErrorCode(
        "DOC-012",
        "A scheduled run never comes due",
        DOCTOR,
        "Correct its times in data/schedule.json",
    ),
    ErrorCode(
        "DOC-013",
        "Calls have been waiting for more than a day",
        DOCTOR,
        "Run `switchboard calls run --all`; if they still wait, `switchboard calls show` says why",
    ),
    ErrorCode(
        "DOC-014",
        "A department, agent, field or status named for tickets does not fit Zoho Desk",
        DOCTOR,
        "Correct data/zoho_desk_config.json; `switchboard credentials test` lists departments and "
        "agents with their ids",
    ),
    ErrorCode(
        "DOC-015",
        "The service's certificate is not valid, not for its name, or soon not valid any more",
        DOCTOR,
        "Renew it, and restart `switchboard serve`",
    ),
    ErrorCode(
        "DOC-016",
        "Nobody can talk to the service: no API key, and no public key of a SalesIQ bot",
        DOCTOR,
        "`switchboard keys create` makes a key; the bot's goes into data/salesiq_config.json",
    ),
    ErrorCode(
        "DOC-017",
        "Chats are led without a mail server: no codes, no confirmations, no approvals",
        "Tickets say that the visitor is not verified",
        "Name the mail server in data/email_config.json",
    ),
    ErrorCode(
        "CLI-000",
        "The command line cannot be understood",
        REFUSE,
        "Correct the spelling; `--help` after any command lists what it takes",
    ),
    ErrorCode(
        "CLI-001",
        "Options are missing or exclude each other",
        REFUSE,
        "Choose as the message says",
    ),
    ErrorCode(
        "CLI-002",
        "No call fits what was asked for",
        REFUSE,
        "`switchboard calls list` shows the calls that are known",
    ),
    ErrorCode(
        "CLI-003",
        "The look-back is not allowed",
        REFUSE,
        "Ask for fewer hours, or raise max_hours_back",
    ),
    ErrorCode("CLI-004", "There is no such error code", REFUSE, "Use one of the codes named"),
    ErrorCode(
        "SCH-001",
        "There is no scheduled run to install",
        REFUSE,
        "Add one to data/schedule.json, and enable it",
    ),
    ErrorCode(
        "SCH-002",
        "The operating system's scheduler cannot express a time of the timetable",
        REFUSE,
        "Write the field named more plainly, or use `switchboard serve`",
    ),
    ErrorCode(
        "SCH-003",
        "The operating system's scheduler cannot be used",
        REFUSE,
        "Do as the message says; `--print` shows what would be written",
    ),
    ErrorCode(
        "SCH-004",
        "The operating system's scheduler goes by another time zone than the timetable",
        REFUSE,
        "Use `--systemd` or `switchboard serve`, or set the machine to the timetable's zone",
    ),
    ErrorCode(
        "MEDIA-001",
        "RingCentral is about to delete recordings or voicemails that Zoho CRM does not have",
        "Goes on trying until it deletes them; tells people in reports and `switchboard doctor`",
        "`switchboard calls media --expiring` says why; `--fetch` tries now, `--download` saves "
        "one",
    ),
    ErrorCode(
        "MEDIA-002",
        "It is not known which lead or contact a recording belongs to",
        "Parks the recording; the call itself is done",
        "Save it with `switchboard calls media --download`",
    ),
    ErrorCode(
        "MEDIA-413",
        "A recording or voicemail is too large to be attached",
        "Parks it; RingCentral still has it until the day the list names",
        "Save it with `switchboard calls media --download`, or raise `media.max_megabytes` and "
        "use `--retry`",
    ),
    ErrorCode(
        "CALL-001",
        "What a person wants to do about a call is not possible in its state",
        REFUSE,
        "Look at the call: `switchboard calls show`, or its page in the console",
    ),
    ErrorCode(
        "CALL-002",
        "The call is being written just now, or Zoho CRM has not answered a write yet",
        REFUSE,
        "Try again in a minute",
    ),
    ErrorCode(
        "CALL-003",
        "A reason is missing, or the new owner cannot take the lead",
        REFUSE,
        "Name an active user of Zoho CRM by name or id, and say why a call is skipped",
    ),
    ErrorCode(
        "RUN-001",
        "The figures of a run do not add up",
        SAY,
        "Report it with the log of that day; every call can be seen with `switchboard calls list`",
    ),
    ErrorCode(
        "RUN-002",
        "A person stopped the run",
        "Keeps what was done; the other calls wait",
        "Nothing, if it was meant: the next run goes on where this one was stopped",
    ),
    ErrorCode(
        "SB-000",
        "Switchboard made a mistake",
        "Ends the command; what was begun is completed by the next run",
        "Report it; `switchboard --debug ...` shows the details",
    ),
    ErrorCode(
        "SIM-001",
        "The simulators' port cannot be used",
        REFUSE,
        "Choose another one, or `--port 0` for any",
    ),
    ErrorCode("SIM-002", "There is no such scenario", REFUSE, "Use one of the scenarios named"),
)
