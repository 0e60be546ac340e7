from dify_plugin.interfaces.model.openai_compatible.speech2text import OAICompatSpeech2TextModel


class SpeechToText(OAICompatSpeech2TextModel):
    pass
