# worker.py
import json, os, urllib.request

URL, KEY = os.environ["FORGERUN_URL"], os.environ["FORGERUN_API_KEY"]


def call(path, body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


while True:
    wanted = {"worker_id": f"python-{os.getpid()}", "work_kinds": ["email.send"], "wait_ms": 20000, "start": True}
    for lease in call("/v1/leases", wanted)["leases"]:
        path = f"/v1/leases/{lease['lease_id']}"
        try:
            result = {"sent_to": lease["payload"]["to"]}  # the work
        except Exception as error:
            call(f"{path}/fail", {"error": {"code": type(error).__name__, "message": str(error)}})
        else:
            call(f"{path}/complete", {"result": result})
