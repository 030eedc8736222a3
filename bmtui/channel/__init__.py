"""Back Market over HTTP: requests, answers and their values. Knows no store and no screen; the only user of httpx.

    platforms   hosts and markets                                   API §1
    model       orders, lines and addresses as values; states       API §4, §5
    status      what is shown as channel status                     order-desk §3
    bounded_json  JSON in which an absurd value costs only its own place
    fields      foreign JSON, field by field; what is not understood is marked or stops the whole
    reading     the marketplace's JSON → model                      API §4
    markup      foreign HTML → plain text
    care        after-sales folders, and the reading of them        API §9
    backship    deliveries and returns, and the reading of them     API §9
    pages       pages of the lists                                  API §3, §9
    requests    what a seller can write, as values                  API §6, §7
    uploads     writes with files, as values                        API §8, §9
    connection  whom to call, as whom, within which bounds          API §1
    answers     an HTTP answer → a value or one of `bmtui.errors`   API §2, reliability §1
    transport   one call, bounded in time and in bytes (httpx)      reliability §4
    client      `BackMarket`, the calls themselves (httpx)          API §3 to §9
    documents   PDFs from elsewhere, without the token (httpx)      reliability §4

Nothing is imported here, so that the model can be used without paying for httpx.
"""
