"""Every sentence of the bot that no workflow brings, so that an operator can replace any of them.

Short and plain, because SalesIQ shows neither Markdown nor long bubbles (zoho-salesiq.md §5).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Wording(BaseModel):
    """Names in {braces} are filled in; what a sentence may name stands in the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Beginning and end
    hello: str = "Hello{visitor}, I am {bot}, the assistant of {desk}."
    what: str = "What is the matter? Tell me in a few words, such as “I forgot my password”."
    what_else: str = "What else can I do for you? Tell me in a few words."
    again: str = "Could you say it in other words? For example: “Outlook does not send mails”."
    anything_else: str = "Is there anything else I can do for you?"
    goodbye: str = "Thank you for writing to us. Goodbye!"
    goodbye_pending: str = "Your ticket number follows by e-mail. Goodbye!"
    also_mentioned: str = "You mentioned something else before."

    # Understanding
    not_understood: str = "I am not sure I understood that."
    english: str = "I understand English only. A colleague may speak your language."
    lost: str = "How shall we go on?"
    choose: str = "Which of these is it?"
    topics: str = "These are the things I can help with. Which one is it?"
    confirm: str = "This is about: {title}. Is that right?"
    two_things: str = "I see two things: {first}, and {second}. Let us take one after the other."
    tell_me: str = "Then tell me in your own words what it is."
    first_of: str = "{title} first"

    # Questions
    hint: str = "At any time you can say “back”, “start over”, “cancel” or “person”."
    noted: str = "Noted. {label}: {value}."
    known: str = "I have this of you. {facts}. Is that right?"
    own_words: str = "Please describe it in your own words."
    why: str = "I ask because the help desk needs it for this request."
    stuck: str = "We do not get on with this question. How shall we go on?"
    left_open: str = "I leave that open. The technician can ask you."
    changed: str = "Changed. {label}: {value}."
    which_wrong: str = "Which of it shall I change?"
    unreadable: str = "I could not use that as an answer."
    welcome: str = "Thanks for asking, let us go on."
    cannot_answer: str = "I cannot answer that, but a person can: say “person” at any time."

    # First aid
    solved: str = "Good to hear! Then no ticket is needed."
    not_solved: str = "Then we go on, so that a technician can look at it."

    # Identity
    code_sending: str = (
        "To make sure it is you, I am sending a code to {email}. It is valid for a few minutes."
    )
    code_ask: str = (
        "Please type the six digits. Or say “resend”, “change address”, or “skip” to go on without."
    )
    code_wait: str = "The mail is still on its way. Please type the code once it has come."
    code_wrong: str = "That code is not right."
    code_expired: str = "That code is no longer valid. Say “resend” for a new one."
    code_right: str = "Thank you, that is right."
    code_no_more: str = "I cannot send another code in this chat."
    unverified: str = (
        "I could not check who you are. I note that on the ticket: "
        "a technician will call you before anything is changed."
    )

    # Summary
    summary: str = "This is what I would log:"
    log_it: str = "Shall I log it like this?"
    say_yes: str = "Say “yes” to log it, or tell me what to change."
    which_change: str = "Which answer shall I change?"
    logging: str = "Thank you. I am logging your request now."
    logged: str = "✅ Your request has been logged!"
    ticket_id: str = "Ticket ID: {id}"
    ticket_number: str = "Ticket Number: {number}"
    team_told: str = "Our support team has been notified and will assist you shortly."
    updates: str = "You'll receive updates via email at {email}."
    taking_long: str = (
        "Logging takes longer than usual. Your request is safe: it will be logged as soon as our "
        "ticket system answers."
    )
    number_follows: str = "The ticket number follows here, and via email at {email}."
    still_logging: str = "Your request is being logged. You will get the number as soon as I do."
    approved: str = "Good news: your request was approved."
    declined: str = "Your request was declined by the point of contact. They can tell you why."

    # Asides
    cancel: str = "Shall I drop this request? Nothing has been logged so far."
    dropped: str = "All right, I dropped it."
    start_over: str = "Shall we start over? I would forget what you told me about this request."
    fresh: str = "Let us begin afresh."
    kept: str = "All right, we go on."
    switch: str = "That sounds like {title}. Shall I leave {current} and switch to it?"
    later: str = "All right. We take that up afterwards."
    back_at_start: str = "We are at the beginning again."
    welcome_back: str = "Welcome back. We were in the middle of: {title}."
    long_ago: str = "It has been a while, so we begin afresh."

    # People
    connecting: str = "I am handing you over to a colleague. One moment, please."
    patience: str = "A colleague has been called and will answer here."
    nobody: str = (
        "Nobody can take the chat right now. I can log it, and somebody will write to you."
    )

    # Everything else
    empty: str = "I did not get any text."
    not_kept: str = "Please never send a password here. I have not kept it."
    file_noted: str = "Thank you, I noted the file."
    glad: str = "You are welcome!"
    greeting: str = "Hello!"
    about_me: str = "I am {bot}, an automatic assistant. A person can take over whenever you like."
    smalltalk: str = "I am best at help desk matters."
    gone: str = "What we were talking about is no longer offered. Let us begin afresh."

    # Buttons
    yes: str = "Yes"
    no_other: str = "No, something else"
    other: str = "Something else"
    person: str = "Talk to a person"
    skip: str = "Skip"
    right: str = "Yes, that is right"
    change: str = "Change {label}"
    solved_yes: str = "Yes, it is solved"
    solved_no: str = "No, go on"
    log_yes: str = "Yes, log it"
    change_some: str = "Change something"
    drop: str = "Cancel"
    back_to_summary: str = "Nothing, it is fine"
    done: str = "No, that is all"
    more: str = "Yes, something else"
    yes_drop: str = "Yes, drop it"
    no_keep: str = "No, go on"
    yes_over: str = "Yes, start over"
    yes_switch: str = "Yes, switch"
    no_finish: str = "No, finish this first"
    try_again: str = "Try again"
    without: str = "Go on without it"
    log_for_me: str = "Log it for me"
    carry_on: str = "Carry on"
    over: str = "Start over"
    say_again: str = "Say it differently"
    show_topics: str = "Show the topics"
    log_general: str = "Log a general request"
